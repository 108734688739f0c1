import { describe, expect, it } from 'vitest';
import { mskToken, TOKEN_SECONDS } from '#adapters/event-log/msk-token.ts';

const SIGNED_AT = Date.UTC(2026, 10, 23, 21, 33, 15);
const credentials = async () => ({
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalr+/EXAMPLE',
  sessionToken: 'abc/+=def',
});
const tokenAt = async (at: number) => {
  const text = await mskToken({ region: 'eu-central-1', credentials, now: () => at })();
  return { text, url: new URL(Buffer.from(text, 'base64url').toString('utf8')) };
};

describe('a token for MSK', () => {
  it('equals the token of AWS’s own signer for the same credentials and time', async () => {
    const { text, url } = await tokenAt(SIGNED_AT);
    expect(text).toMatch(/^[\w-]+$/);
    expect(url.origin + url.pathname).toBe('https://kafka.eu-central-1.amazonaws.com/');
    // Output of aws-msk-iam-sasl-signer-js 1.0.3 for these credentials and this time.
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'kafka-cluster:Connect',
      'User-Agent': 'agentbricks',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20261123/eu-central-1/kafka-cluster/aws4_request',
      'X-Amz-Date': '20261123T213315Z',
      'X-Amz-Expires': String(TOKEN_SECONDS),
      'X-Amz-Security-Token': 'abc/+=def',
      'X-Amz-Signature': '2517bacd49949b99a9728dd02f155d6a9761d8f3c003a4110c3550d9bc60086c',
      'X-Amz-SignedHeaders': 'host',
    });
  });

  it('is signed again for each authentication, so that no expired token is used', async () => {
    let at = SIGNED_AT;
    const token = mskToken({ region: 'eu-central-1', credentials, now: () => at });
    const first = await token();
    at += TOKEN_SECONDS * 1_000;
    expect(await token()).not.toBe(first);
  });
});
