import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { watchSlo } from './handler.ts';

export const handler = watchSlo(await onAws());
