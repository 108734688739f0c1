import { onAws } from '#adapters/lambda/on-aws.ts';
import { compact } from './handler.ts';

export const handler = compact(await onAws());
