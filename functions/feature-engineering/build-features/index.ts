import { onAws } from '#adapters/lambda/on-aws.ts';
import { buildFeatures } from './handler.ts';

export const handler = buildFeatures(await onAws());
