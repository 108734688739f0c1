import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { refreshOnline } from './handler.ts';

export const handler = refreshOnline(await onAws());
