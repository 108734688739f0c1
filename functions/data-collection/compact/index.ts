import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { compact } from './handler.ts';

export const handler = compact(await onAws());
