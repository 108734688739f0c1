import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { refreshOnline } from './handler.ts';

export const handler = refreshOnline(await onAws());
