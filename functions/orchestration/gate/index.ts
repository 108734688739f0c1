import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { gate } from './handler.ts';

export const handler = gate(await onAws());
