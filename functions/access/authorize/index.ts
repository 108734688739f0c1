import { callerIdentification } from '#adapters/auth/identify-caller-by-key-or-jwt.ts';
import { readConfig } from '#adapters/composition/read-config.ts';
import { authorize } from './handler.ts';

export const handler = authorize(await callerIdentification(readConfig()));
