import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { gate } from './handler.ts';

export const handler = gate(await onAws());
