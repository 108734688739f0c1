import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { promote } from './handler.ts';

export const handler = promote(await onAws());
