import { onAws } from '#adapters/lambda/on-aws.ts';
import { checkParity } from './handler.ts';

export const handler = checkParity(await onAws());
