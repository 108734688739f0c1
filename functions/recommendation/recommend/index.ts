import { onAws } from '#adapters/lambda/on-aws.ts';
import { recommend } from './handler.ts';

export const handler = recommend(await onAws());
