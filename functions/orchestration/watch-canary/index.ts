import { onAws } from '#adapters/lambda/on-aws.ts';
import { watchCanary } from './handler.ts';

export const handler = watchCanary(await onAws());
