import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { updateOnline } from './handler.ts';

export const handler = updateOnline(await onAws());
