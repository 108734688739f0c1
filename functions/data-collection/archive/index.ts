import { onAws } from '#adapters/lambda/on-aws.ts';
import { archive } from './handler.ts';

export const handler = archive(await onAws());
