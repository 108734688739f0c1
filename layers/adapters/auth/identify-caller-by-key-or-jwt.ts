import { API_KEY_HEADER } from '#domain/events/collect-and-recommend-contract.ts';
import type { ApiAuth } from './api-auth-config.ts';
import { apiKeys, tenantOf } from './read-api-keys-and-find-tenant.ts';

/** Returns the caller of a request from its headers (names in lower case), or undefined if the caller is unknown. */
export type IdentifyCaller = (headers: Readonly<Record<string, string | undefined>>) => Promise<string | undefined>;

const BEARER = /^Bearer (\S+)$/i;

/** Returns the function that identifies callers. @throws Error if the configuration leaves this to API Gateway */
export async function callerIdentification(config: ApiAuth): Promise<IdentifyCaller> {
  switch (config.API_AUTH) {
    case 'key': {
      const keys = apiKeys({ secret: config.API_KEYS_SECRET, endpoint: config.AWS_ENDPOINT_URL });
      return async ({ [API_KEY_HEADER]: given }) => given && tenantOf(given, await keys());
    }
    case 'jwt': {
      const { tokenVerifier } = await import('./verify-jwt.ts');
      const subjectOf = tokenVerifier({ issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE });
      return async ({ authorization = '' }) => subjectOf(BEARER.exec(authorization)?.[1] ?? '');
    }
    default:
      throw new Error(
        `API_AUTH=${config.API_AUTH} has no authorizer function: API Gateway authenticates callers itself`,
      );
  }
}
