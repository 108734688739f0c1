import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { buildFeatures } from './handler.ts';

export const handler = buildFeatures(await onAws());
