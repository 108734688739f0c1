import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { buildFeatures } from './handler.ts';

export const handler = buildFeatures(await onAws());
