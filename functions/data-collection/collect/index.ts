import { onAws } from '#adapters/lambda/on-aws.ts';
import { reference } from '../../seams.ts';
import { collect } from './handler.ts';

export const handler = collect({ ...(await onAws()), ...reference });
