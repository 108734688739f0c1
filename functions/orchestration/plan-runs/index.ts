import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { plan } from './handler.ts';

export const handler = plan(await onAws());
