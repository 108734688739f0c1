import { onAws } from '#adapters/lambda/lambda-entry.ts';
import { eitherApi } from '#adapters/lambda/rest-event.ts';
import { validateEvent } from '#seams/validate-event';
import { collect } from './handler.ts';

export const handler = eitherApi(collect({ ...(await onAws()), validateEvent }));
