import { onAws } from '#adapters/lambda/on-aws.ts';
import { refreshOnline } from './handler.ts';

export const handler = refreshOnline(await onAws());
