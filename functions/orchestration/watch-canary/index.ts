import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { watchCanary } from './handler.ts';

export const handler = watchCanary(await onAws());
