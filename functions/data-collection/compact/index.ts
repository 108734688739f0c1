import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { compact } from './handler.ts';

export const handler = compact(await onAws());
