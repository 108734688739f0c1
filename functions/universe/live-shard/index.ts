import { credentialsOf } from '#adapters/api-client/create-auth-headers.ts';
import { httpApi } from '#adapters/api-client/http-api-with-overload-retries.ts';
import { readConfig } from '#adapters/composition/read-config.ts';
import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { simulateShardHour } from './handler.ts';

const ports = await onAws();

export const handler = simulateShardHour({ ...ports, api: httpApi(ports.routes, credentialsOf(readConfig())) });
