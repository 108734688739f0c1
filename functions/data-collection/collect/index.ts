import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import { eitherApi } from '#adapters/lambda/rest-to-http-event.ts';
import { collectEvents } from '#seams/collect-events';
import { validateEvent } from '#seams/validate-event';
import { collect } from './handler.ts';

export const handler = eitherApi(collect({ ...(await onAws()), validateEvent, collectEvents }));
