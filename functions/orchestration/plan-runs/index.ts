import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { plan } from './handler.ts';

export const handler = plan(await onAws());
