import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { generate } from './handler.ts';

export const handler = generate(await onAws());
