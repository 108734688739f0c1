import { onAws } from '#adapters/lambda/on-aws.ts';
import { validateEvent } from '#seams/validate-event';
import { collect } from './handler.ts';

export const handler = collect({ ...(await onAws()), validateEvent });
