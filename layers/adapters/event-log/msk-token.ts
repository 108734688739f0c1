import { createHash, createHmac } from 'node:crypto';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Now } from '#domain/time.ts';

/** The longest that MSK allows; the client authenticates again, with a new token, after four fifths of it. */
export const TOKEN_SECONDS = 900;
const SERVICE = 'kafka-cluster';
const ACTION = `${SERVICE}:Connect`;

export interface MskTokenOptions {
  readonly region: string;
  /** @default - as every AWS client finds them; they are renewed before they expire */
  readonly credentials?: ReturnType<typeof defaultProvider>;
  /** @default - the wall clock */
  readonly now?: Now;
}

/**
 * Tokens for MSK's IAM authentication: each call signs a new one, so none is ever used after its time. Signing needs no
 * request.
 *
 * Shape   base64url of a presigned `GET https://kafka.<region>.amazonaws.com/?Action=kafka-cluster:Connect`
 * Source  aws/aws-msk-iam-sasl-signer-js
 */
export function mskToken({
  region,
  credentials = defaultProvider(),
  now = Date.now,
}: MskTokenOptions): () => Promise<string> {
  const signer = new SignatureV4({ service: SERVICE, region, credentials, sha256: Sha256 });
  const hostname = `kafka.${region}.amazonaws.com`;
  const request = { method: 'GET', protocol: 'https:', hostname, path: '/', headers: { host: hostname } };
  return async () => {
    const asked = { ...request, query: { Action: ACTION } };
    const { query } = await signer.presign(asked, { expiresIn: TOKEN_SECONDS, signingDate: new Date(now()) });
    const parameters = new URLSearchParams({ ...(query as Record<string, string>), 'User-Agent': 'agentbricks' });
    return Buffer.from(`https://${hostname}/?${parameters}`).toString('base64url');
  };
}

/** What the signer wants of a hash. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

const bytesOf = (data: string | ArrayBuffer | ArrayBufferView): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};
