import { onAws } from '#adapters/lambda/on-aws.ts';
import { gate } from './handler.ts';

export const handler = gate(await onAws());
