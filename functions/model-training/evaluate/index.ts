import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { evaluate } from './handler.ts';

export const handler = evaluate(await onAws());
