import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { eitherApi } from '#adapters/lambda/rest-to-http-event.ts';
import { explore } from '#seams/explore';
import { recommend } from './handler.ts';

export const handler = eitherApi(recommend({ ...(await onAws()), explore }));
