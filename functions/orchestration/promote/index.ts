import { onAws } from '#adapters/lambda/on-aws.ts';
import { promote } from './handler.ts';

export const handler = promote(await onAws());
