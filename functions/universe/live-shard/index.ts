import { credentialsOf } from '#adapters/api-credentials.ts';
import { readConfig } from '#adapters/config.ts';
import { httpApi } from '#adapters/http-api.ts';
import { onAws } from '#adapters/lambda/on-aws.ts';
import { liveShard } from './handler.ts';

const ports = await onAws();

export const handler = liveShard({ ...ports, api: httpApi(ports.routes, credentialsOf(readConfig())) });
