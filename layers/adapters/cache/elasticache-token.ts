import type { Now } from '#domain/core/time.ts';
import { type SigningOptions, signerOf } from '../api-client/request-signing.ts';

/** The longest that ElastiCache allows; a connection that stands may stay for twelve hours. */
const TOKEN_SECONDS = 900;

export interface ElastiCacheTokenOptions extends SigningOptions {
  /** Name of the serverless cache. */
  readonly cache: string;
  readonly user: string;
  /** @default - the wall clock */
  readonly now?: Now;
}

/**
 * Passwords for ElastiCache's IAM authentication: each call signs a new one.
 *
 * Shape   a presigned `http://<cache>/?Action=connect&User=<user>&ResourceType=ServerlessCache`, without `http://`
 * Source  ElastiCache user guide, "Authenticating with IAM"
 */
export function elastiCacheToken({ cache, user, now = Date.now, ...signing }: ElastiCacheTokenOptions) {
  const signer = signerOf('elasticache', signing);
  const request = { method: 'GET', protocol: 'http:', hostname: cache, path: '/', headers: { host: cache } };
  return async (): Promise<string> => {
    const asked = { ...request, query: { Action: 'connect', User: user, ResourceType: 'ServerlessCache' } };
    const { query } = await signer.presign(asked, { expiresIn: TOKEN_SECONDS, signingDate: new Date(now()) });
    return `${cache}/?${new URLSearchParams(query as Record<string, string>)}`;
  };
}
