import { API_KEY_HEADER } from '#domain/events/collect-and-recommend-contract.ts';
import type { Profile } from '../../deployment-profiles.ts';

/** Request header that identifies the caller. API Gateway rejects a request without it before our authorizer runs. */
export const CALLER_HEADER: Readonly<Record<Profile['api']['auth'], string>> = {
  key: API_KEY_HEADER,
  jwt: 'authorization',
  iam: 'authorization',
};

/** Minutes for which API Gateway caches the authorizer's result. */
export const AUTHORIZER_CACHE_MINUTES = 5;
