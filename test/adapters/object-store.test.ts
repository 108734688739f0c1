import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderObjectStore } from '#adapters/object-store/folder.ts';
import { s3ObjectStore } from '#adapters/object-store/s3.ts';
import { objectStoreContract } from '../contracts/object-store.ts';
import { describeWith } from '../requirement.ts';
import { hasMiniStack, type MiniStack, startMiniStack } from '../servers/ministack.ts';
import { emulatedAws } from './aws.ts';

const root = mkdtempSync(join(tmpdir(), 'agentbricks-objects-'));
afterAll(() => rmSync(root, { recursive: true }));

objectStoreContract('a folder', async () => folderObjectStore({ root }));

describe('a folder', () => {
  it('leaves nothing half-written behind', async () => {
    const store = folderObjectStore({ root: join(root, 'clean') });
    await Promise.all(Array.from({ length: 10 }, (_, i) => store.put('same', Buffer.from(String(i)))));
    expect(readdirSync(join(root, 'clean'))).toEqual(['same']);
  });
});

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('on S3', () => {
  let server: MiniStack;
  emulatedAws();
  beforeAll(async () => {
    server = await startMiniStack();
    const client = new S3Client({ endpoint: server.endpoint, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'contract' }));
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  objectStoreContract('an S3 bucket', async () => s3ObjectStore({ bucket: 'contract', endpoint: server.endpoint }));
});
