import { createHash, timingSafeEqual } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { MINUTE, type Now } from '#domain/core/time.ts';

/** Milliseconds for which keys are cached. A removed key is rejected after this time. */
const CACHE_MS = 5 * MINUTE;
const Keys = z.record(z.string().min(1), z.string().min(20));
/** Tenant → key. */
export type Keys = z.infer<typeof Keys>;

interface ApiKeysOptions {
  /** Name or ARN of the secret that contains the keys as JSON. */
  readonly secret: string;
  readonly endpoint?: string;
  /** @default - the wall clock */
  readonly now?: Now;
}

/** Returns a function that reads the tenants' keys from Secrets Manager at most every five minutes. */
export function apiKeys({ secret, endpoint, now = Date.now }: ApiKeysOptions): () => Promise<Keys> {
  const client = new SecretsManagerClient({ endpoint });
  let cached: { readonly keys: Keys; readonly at: number } | undefined;
  return async () => {
    if (cached && now() - cached.at < CACHE_MS) return cached.keys;
    const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
    cached = { keys: Keys.parse(JSON.parse(SecretString)), at: now() };
    return cached.keys;
  };
}

/**
 * Returns the tenant of a key, or undefined. It takes the same time for every wrong key, so that keys cannot be guessed
 * by timing.
 */
export function tenantOf(given: string, keys: Keys): string | undefined {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const searched = digest(given);
  return Object.entries(keys).find(([, key]) => timingSafeEqual(digest(key), searched))?.[0];
}
