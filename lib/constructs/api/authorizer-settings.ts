import { API_KEY_HEADER } from '#domain/events/api-contract.ts';
import type { Profile } from '../../profiles.ts';

/** The header that says who calls; a request without it is refused before our function is asked. */
export const IDENTITY: Readonly<Record<Profile['api']['auth'], string>> = {
  key: API_KEY_HEADER,
  jwt: 'authorization',
  iam: 'authorization',
};

/** Minutes that an answer of our function is kept. */
export const KNOWN_FOR = 5;
