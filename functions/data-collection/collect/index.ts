import { onAws } from '#adapters/lambda/on-aws.ts';
import { eitherApi } from '#adapters/lambda/rest-event.ts';
import { validateEvent } from '#seams/validate-event';
import { collect } from './handler.ts';

export const handler = eitherApi(collect({ ...(await onAws()), validateEvent }));
