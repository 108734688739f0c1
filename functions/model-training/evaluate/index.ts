import { onAws } from '#adapters/lambda/on-aws.ts';
import { evaluate } from './handler.ts';

export const handler = evaluate(await onAws());
