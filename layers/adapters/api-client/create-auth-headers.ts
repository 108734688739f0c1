import type { ApiRequest } from '#domain/events/collect-and-recommend-contract.ts';
import { API_KEY_HEADER } from '#domain/events/collect-and-recommend-contract.ts';
import type { ApiAuth } from '../auth/api-auth-config.ts';
import { apiKeys } from '../auth/read-api-keys-and-find-tenant.ts';
import { type SigningOptions, signerOf } from './request-signing.ts';

/** Returns the headers that authenticate a request. */
export type Credentials = (url: URL, request: ApiRequest) => Promise<Readonly<Record<string, string>>>;

/**
 * Returns the universe's credentials: its own API key, or its function's role.
 *
 * @throws Error if the API accepts tokens only
 */
export function credentialsOf(config: ApiAuth): Credentials {
  switch (config.API_AUTH) {
    case 'none':
      return async () => ({});
    case 'key':
      return apiKeyOf('universe', apiKeys({ secret: config.API_KEYS_SECRET, endpoint: config.AWS_ENDPOINT_URL }));
    case 'iam':
      return signed({ region: config.AWS_REGION });
    case 'jwt':
      throw new Error(
        'API_AUTH=jwt is not possible for the universe: it has no token. Deploy a separate API for the universe',
      );
  }
}

const apiKeyOf =
  (tenant: string, keys: ReturnType<typeof apiKeys>): Credentials =>
  async () => ({ [API_KEY_HEADER]: (await keys())[tenant] ?? '' });

/** Returns credentials that sign each request with the function's role. API Gateway checks the role's permissions. */
export function signed(signing: SigningOptions): Credentials {
  const signer = signerOf('execute-api', signing);
  return async (url, { method, headers = {}, body }) => {
    const { protocol, hostname, host, pathname: path, searchParams } = url;
    // A repeated parameter has several values, and the signature covers all of them.
    const query = Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]));
    const { headers: all } = await signer.sign({
      ...{ method, protocol, hostname, path, query, body },
      headers: { ...headers, host },
    });
    return all;
  };
}
