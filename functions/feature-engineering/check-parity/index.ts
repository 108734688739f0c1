import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { checkParity } from './handler.ts';

export const handler = checkParity(await onAws());
