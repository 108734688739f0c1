import { createHash, createHmac } from 'node:crypto';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';

export interface SigningOptions {
  readonly region: string;
  /** @default - the credentials of the AWS SDK's default chain, which are renewed before they expire */
  readonly credentials?: ReturnType<typeof defaultProvider>;
}

/** Returns a signer of requests to an AWS service (Signature Version 4). Signing needs no network. */
export const signerOf = (service: string, { region, credentials = defaultProvider() }: SigningOptions): SignatureV4 =>
  new SignatureV4({ service, region, credentials, sha256: Sha256 });

/** SHA-256 with the interface that the signer requires. */
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
