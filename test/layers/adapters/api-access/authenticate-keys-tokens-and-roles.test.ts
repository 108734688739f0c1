import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { credentialsOf, signed } from '#adapters/api-client/create-auth-headers.ts';
import { httpApi } from '#adapters/api-client/http-api-with-overload-retries.ts';
import { callerIdentification } from '#adapters/auth/identify-caller-by-key-or-jwt.ts';
import { apiKeys, tenantOf } from '#adapters/auth/read-api-keys-and-find-tenant.ts';
import { tokenVerifier } from '#adapters/auth/verify-jwt.ts';
import { elastiCacheToken } from '#adapters/cache/elasticache-token.ts';
import { readConfig } from '#adapters/composition/read-config.ts';
import { MINUTE } from '#domain/core/time.ts';

const [ANN, BOB] = ['a'.repeat(40), 'b'.repeat(40)];
const credentials = async () => ({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalr+/EXAMPLE' });
beforeAll(() => {
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(() => vi.unstubAllEnvs());

/** Starts a server that responds with the result of `reply` as JSON. */
async function serverOf(reply: (headers: NodeJS.Dict<string | string[]>) => unknown) {
  const server = createServer((request, response) => response.end(JSON.stringify(reply(request.headers))));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => void server.close(() => done()).closeAllConnections()),
  };
}
const secrets = (keys: Readonly<Record<string, string>>) => serverOf(() => ({ SecretString: JSON.stringify(keys) }));

describe('the API keys of tenants', () => {
  it('identify their tenants, and other keys identify no tenant', () => {
    const keys = { ann: ANN, bob: BOB };
    expect(tenantOf(BOB, keys)).toBe('bob');
    expect(tenantOf('c'.repeat(40), keys)).toBeUndefined();
    expect(tenantOf('', keys)).toBeUndefined();
  });

  it('are read again after five minutes, so that changes take effect', async () => {
    const stored: Record<string, string> = { ann: ANN };
    await using server = await serverOf(() => ({ SecretString: JSON.stringify(stored) }));
    let now = 0;
    const keys = apiKeys({ secret: 'keys', endpoint: server.url, now: () => now });
    expect(await keys()).toEqual({ ann: ANN });
    stored.bob = BOB;
    now = 5 * MINUTE - 1;
    expect(await keys()).toEqual({ ann: ANN });
    now = 5 * MINUTE;
    expect(await keys()).toEqual({ ann: ANN, bob: BOB });
  });

  it('are rejected if one is short enough to be guessed', async () => {
    await using server = await secrets({ ann: 'short' });
    await expect(apiKeys({ secret: 'keys', endpoint: server.url })()).rejects.toThrow('ann');
  });

  it('are checked by the authorizer and sent by the universe', async () => {
    await using server = await secrets({ universe: ANN });
    const config = readConfig({ API_AUTH: 'key', API_KEYS_SECRET: 'keys', AWS_ENDPOINT_URL: server.url });
    const identify = await callerIdentification(config);
    expect(await identify({ 'x-api-key': ANN })).toBe('universe');
    expect(await identify({ 'x-api-key': BOB })).toBeUndefined();
    expect(await identify({})).toBeUndefined();
    await using service = await serverOf((headers) => headers['x-api-key']);
    const api = httpApi({ '/v1': service.url }, credentialsOf(config));
    expect((await api({ method: 'GET', path: '/v1/x' })).body).toBe(`"${ANN}"`);
  });
});

describe('a bearer token', () => {
  const issuer = { issuer: 'https://id.example.org', audience: 'agentbricks' };
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig', kty: 'RSA' }] };
  const subjectOf = tokenVerifier({ ...issuer, keys });
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = (claims: object, key = privateKey) => {
    const inHour = Math.floor(Date.now() / 1_000) + 3_600;
    const text = `${part({ alg: 'RS256', kid: 'one' })}.${part({ iss: issuer.issuer, aud: issuer.audience, sub: 'ann', exp: inHour, ...claims })}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`;
  };

  it('identifies its subject', async () => {
    expect(await subjectOf(token({}))).toBe('ann');
  });

  it.each([
    ['of another issuer', token({ iss: 'https://other.example.org' })],
    ['for another audience', token({ aud: 'others' })],
    ['of an hour ago', token({ exp: Math.floor(Date.now() / 1_000) - 3_600 })],
    ['signed with another key', token({}, generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey)],
    [
      'without a signature',
      `${part({ alg: 'none' })}.${part({ iss: issuer.issuer, aud: issuer.audience, sub: 'ann' })}.`,
    ],
    ['of an invalid form', 'x'],
  ])('%s is rejected', async (_, wrong) => {
    expect(await subjectOf(wrong)).toBeUndefined();
  });

  it('is required in the header “authorization”, and the universe has none', async () => {
    const config = readConfig({ API_AUTH: 'jwt', JWT_ISSUER: issuer.issuer, JWT_AUDIENCE: issuer.audience });
    expect(await (await callerIdentification(config))({ authorization: 'Basic x' })).toBeUndefined();
    expect(() => credentialsOf(config)).toThrow('it has no token');
  });
});

describe('a role', () => {
  it('signs a request with its path, query, headers and body', async () => {
    await using service = await serverOf((headers) => headers.authorization);
    const api = httpApi({ '/v1': `${service.url}/live` }, signed({ region: 'eu-central-1', credentials }));
    const { body } = await api({
      method: 'POST',
      path: '/v1/events?a=b',
      headers: { 'content-type': 'x' },
      body: '{}',
    });
    expect(body).toMatch(/^"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, /);
    expect(body).toContain('SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date');
  });

  it('signs all values of a repeated query parameter', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const sign = signed({ region: 'eu-central-1', credentials });
    const signatureOf = async (query: string) =>
      (await sign(new URL(`http://x/v1?${query}`), { method: 'GET', path: `/v1?${query}` })).authorization;
    expect(await signatureOf('a=1&a=2')).not.toBe(await signatureOf('a=2'));
    expect(await signatureOf('a=1&a=2')).toBe(await signatureOf('a=2&a=1'));
    vi.useRealTimers();
  });

  it('is authenticated by API Gateway, not by our authorizer', async () => {
    const config = readConfig({ API_AUTH: 'iam', AWS_REGION: 'eu-central-1' });
    expect(credentialsOf(config)).toBeTypeOf('function');
    await expect(callerIdentification(config)).rejects.toThrow('API Gateway authenticates callers itself');
    expect(await credentialsOf(readConfig({}))(new URL('http://x'), { method: 'GET', path: '/' })).toEqual({});
  });

  it('signs passwords for a cache that name its user and expire', async () => {
    const at = Date.UTC(2026, 10, 25);
    const token = await elastiCacheToken({
      cache: 'c',
      user: 'u',
      region: 'eu-central-1',
      credentials,
      now: () => at,
    })();
    const url = new URL(`http://${token}`);
    expect(url.host + url.pathname).toBe('c/');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'connect',
      User: 'u',
      ResourceType: 'ServerlessCache',
      'X-Amz-Expires': '900',
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Credential': 'AKIDEXAMPLE/20261125/eu-central-1/elasticache/aws4_request',
    });
  });
});
