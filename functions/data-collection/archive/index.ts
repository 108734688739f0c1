import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { archive } from './handler.ts';

export const handler = archive(await onAws());
