import { onAws } from '#adapters/lambda/on-aws.ts';
import { generate } from './handler.ts';

export const handler = generate(await onAws());
