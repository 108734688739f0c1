import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { awaitArchive } from './handler.ts';

export const handler = awaitArchive(await onAws());
