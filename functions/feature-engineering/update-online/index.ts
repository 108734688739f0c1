import { onAws } from '#adapters/lambda/on-aws.ts';
import { updateOnline } from './handler.ts';

export const handler = updateOnline(await onAws());
