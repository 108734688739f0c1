import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { evaluate } from './handler.ts';

export const handler = evaluate(await onAws());
