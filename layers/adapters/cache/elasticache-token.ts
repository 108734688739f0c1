import type { Now } from '#domain/core/time.ts';
import { type SigningOptions, signerOf } from '../api-client/request-signing.ts';

/** Lifetime of a token in seconds: the maximum for ElastiCache. An open connection stays valid for twelve hours. */
const TOKEN_SECONDS = 900;

export interface ElastiCacheTokenOptions extends SigningOptions {
  /** Name of the serverless cache. */
  readonly cache: string;
  /** Name of the cache's user. */
  readonly user: string;
  /** @default - the wall clock */
  readonly now?: Now;
}

/**
 * Returns a function that signs a new password for ElastiCache's IAM authentication.
 *
 * Shape   a presigned `http://<cache>/?Action=connect&User=<user>&ResourceType=ServerlessCache`, without `http://`
 * Source  ElastiCache user guide, "Authenticating with IAM"
 */
export function elastiCacheToken({ cache, user, now = Date.now, ...signing }: ElastiCacheTokenOptions) {
  const signer = signerOf('elasticache', signing);
  const request = { method: 'GET', protocol: 'http:', hostname: cache, path: '/', headers: { host: cache } };
  return async (): Promise<string> => {
    const unsigned = { ...request, query: { Action: 'connect', User: user, ResourceType: 'ServerlessCache' } };
    const { query } = await signer.presign(unsigned, { expiresIn: TOKEN_SECONDS, signingDate: new Date(now()) });
    return `${cache}/?${new URLSearchParams(query as Record<string, string>)}`;
  };
}
