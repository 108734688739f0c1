import { callersOf } from '#adapters/callers/callers.ts';
import { readConfig } from '#adapters/config.ts';
import { authorize } from './handler.ts';

export const handler = authorize(await callersOf(readConfig()));
