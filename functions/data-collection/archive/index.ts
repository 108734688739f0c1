import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { archive } from './handler.ts';

export const handler = archive(await onAws());
