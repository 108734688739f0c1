import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { generate } from './handler.ts';

export const handler = generate(await onAws());
