import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { checkParity } from './handler.ts';

export const handler = checkParity(await onAws());
