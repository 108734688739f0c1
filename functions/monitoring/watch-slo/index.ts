import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { watchSlo } from './handler.ts';

export const handler = watchSlo(await onAws());
