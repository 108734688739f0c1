import { createHash, timingSafeEqual } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { MINUTE, type Now } from '#domain/core/time.ts';

/** A key that was taken away opens nothing after this. */
const READ_EVERY = 5 * MINUTE;
const Keys = z.record(z.string().min(1), z.string().min(20));
/** Tenant → key. */
export type Keys = z.infer<typeof Keys>;

interface ApiKeysOptions {
  /** Name or ARN of the secret that holds them as JSON. */
  readonly secret: string;
  readonly endpoint?: string;
  /** @default - the wall clock */
  readonly now?: Now;
}

/** The tenants' keys from Secrets Manager, read again every five minutes. */
export function apiKeys({ secret, endpoint, now = Date.now }: ApiKeysOptions): () => Promise<Keys> {
  const client = new SecretsManagerClient({ endpoint });
  let kept: { readonly keys: Keys; readonly at: number } | undefined;
  return async () => {
    if (kept && now() - kept.at < READ_EVERY) return kept.keys;
    const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
    kept = { keys: Keys.parse(JSON.parse(SecretString)), at: now() };
    return kept.keys;
  };
}

/** Whose key this is. Takes as long for a key that is nearly right as for any other. */
export function tenantOf(given: string, keys: Keys): string | undefined {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const wanted = digest(given);
  return Object.entries(keys).find(([, key]) => timingSafeEqual(digest(key), wanted))?.[0];
}
