import { onAws } from '#adapters/lambda/on-aws.ts';
import { watchSlo } from './handler.ts';

export const handler = watchSlo(await onAws());
