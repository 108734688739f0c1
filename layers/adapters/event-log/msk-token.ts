import type { Now } from '#domain/core/time.ts';
import { type SigningOptions, signerOf } from '../api-client/request-signing.ts';

/** Lifetime of a token in seconds: the maximum for MSK. The client authenticates again after four fifths of it. */
export const TOKEN_SECONDS = 900;
const SERVICE = 'kafka-cluster';
const ACTION = `${SERVICE}:Connect`;

export interface MskTokenOptions extends SigningOptions {
  /** @default - the wall clock */
  readonly now?: Now;
}

/**
 * Returns a function that signs a new token for MSK's IAM authentication, so that no token is used after its expiry.
 * Signing needs no request.
 *
 * Shape   base64url of a presigned `GET https://kafka.<region>.amazonaws.com/?Action=kafka-cluster:Connect`
 * Source  aws/aws-msk-iam-sasl-signer-js
 */
export function mskToken({ now = Date.now, ...signing }: MskTokenOptions): () => Promise<string> {
  const signer = signerOf(SERVICE, signing);
  const hostname = `kafka.${signing.region}.amazonaws.com`;
  const request = { method: 'GET', protocol: 'https:', hostname, path: '/', headers: { host: hostname } };
  return async () => {
    const unsigned = { ...request, query: { Action: ACTION } };
    const { query } = await signer.presign(unsigned, { expiresIn: TOKEN_SECONDS, signingDate: new Date(now()) });
    const parameters = new URLSearchParams({ ...(query as Record<string, string>), 'User-Agent': 'agentbricks' });
    return Buffer.from(`https://${hostname}/?${parameters}`).toString('base64url');
  };
}
