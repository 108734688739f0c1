import type { ApiRequest } from '#domain/events/api-contract.ts';
import { API_KEY_HEADER } from '#domain/events/api-contract.ts';
import type { ApiAuth } from '../auth/api-auth.ts';
import { apiKeys } from '../auth/api-keys.ts';
import { type SigningOptions, signerOf } from './request-signing.ts';

/** Headers that say who asks. */
export type Credentials = (url: URL, request: ApiRequest) => Promise<Readonly<Record<string, string>>>;

/** The universe has a key of its own, or its function's role. @throws Error where only people have tokens */
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
        'with API_AUTH=jwt only bearers of a token may call: let the universe live against an API of its own',
      );
  }
}

const apiKeyOf =
  (tenant: string, keys: ReturnType<typeof apiKeys>): Credentials =>
  async () => ({ [API_KEY_HEADER]: (await keys())[tenant] ?? '' });

/** What a role signs, API Gateway lets in if the role may. */
export function signed(signing: SigningOptions): Credentials {
  const signer = signerOf('execute-api', signing);
  return async (url, { method, headers = {}, body }) => {
    const { protocol, hostname, host, pathname: path, searchParams } = url;
    const query = Object.fromEntries(searchParams);
    const { headers: all } = await signer.sign({
      ...{ method, protocol, hostname, path, query, body },
      headers: { ...headers, host },
    });
    return all;
  };
}
