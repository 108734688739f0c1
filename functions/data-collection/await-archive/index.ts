import { onAws } from '#adapters/lambda/on-aws.ts';
import { awaitArchive } from './handler.ts';

export const handler = awaitArchive(await onAws());
