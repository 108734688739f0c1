import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { promote } from './handler.ts';

export const handler = promote(await onAws());
