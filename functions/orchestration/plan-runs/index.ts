import { onAws } from '#adapters/lambda/on-aws.ts';
import { plan } from './handler.ts';

export const handler = plan(await onAws());
