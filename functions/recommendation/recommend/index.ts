import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { eitherApi } from '#adapters/lambda/rest-event.ts';
import { recommend } from './handler.ts';

export const handler = eitherApi(recommend(await onAws()));
