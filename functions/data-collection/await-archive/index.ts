import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { awaitArchive } from './handler.ts';

export const handler = awaitArchive(await onAws());
