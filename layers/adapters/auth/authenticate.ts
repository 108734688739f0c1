import { API_KEY_HEADER } from '#domain/events/api-contract.ts';
import type { Config } from '../composition/config.ts';
import { apiKeys, tenantOf } from './api-keys.ts';

/** Who makes a request with these headers (names in lower case), or undefined where nobody knows them. */
export type Callers = (headers: Readonly<Record<string, string | undefined>>) => Promise<string | undefined>;

const BEARER = /^Bearer (\S+)$/i;

/** Those whom the API knows. @throws Error where the configuration leaves that to the gateway itself */
export async function callersOf(config: Config): Promise<Callers> {
  switch (config.API_AUTH) {
    case 'key': {
      const keys = apiKeys({ secret: config.API_KEYS_SECRET, endpoint: config.AWS_ENDPOINT_URL });
      return async ({ [API_KEY_HEADER]: given }) => given && tenantOf(given, await keys());
    }
    case 'jwt': {
      const { bearers } = await import('./bearer-tokens.ts');
      const subjectOf = bearers({ issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE });
      return async ({ authorization = '' }) => subjectOf(BEARER.exec(authorization)?.[1] ?? '');
    }
    default:
      throw new Error(`API_AUTH=${config.API_AUTH} leaves who calls to the gateway`);
  }
}
