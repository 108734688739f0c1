import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { watchCanary } from './handler.ts';

export const handler = watchCanary(await onAws());
