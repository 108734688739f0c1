import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { updateOnline } from './handler.ts';

export const handler = updateOnline(await onAws());
