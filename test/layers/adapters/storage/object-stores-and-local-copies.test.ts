import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { localCopies } from '#adapters/object-store/download-local-copies.ts';
import { folderObjectStore } from '#adapters/object-store/folder.ts';
import { s3ObjectStore } from '#adapters/object-store/s3.ts';
import { HOUR } from '#domain/core/time.ts';
import {
  hasMiniStack,
  type MiniStack,
  startMiniStack,
} from '../../../../localstack/servers/install-and-start-ministack.ts';
import { describeWith } from '../../../support/require-server.ts';
import { objectStoreContract } from '../../contract-tests/object-store.ts';
import { withEmulatorCredentials } from '../api-access/set-emulator-credentials.ts';

const root = mkdtempSync(join(tmpdir(), 'agentbricks-objects-'));
afterAll(() => rmSync(root, { recursive: true }));

objectStoreContract('a folder', async () => folderObjectStore({ root }));

describe('a folder', () => {
  it('contains no temporary files after concurrent writes', async () => {
    const store = folderObjectStore({ root: join(root, 'clean') });
    await Promise.all(Array.from({ length: 10 }, (_, i) => store.put('same', Buffer.from(String(i)))));
    expect(readdirSync(join(root, 'clean'))).toEqual(['same']);
  });
});

describe('copies of remote objects', () => {
  afterEach(() => vi.useRealTimers());

  it('are downloaded again only if the object has changed, and are deleted if they are not opened for a while', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const requests: string[] = [];
    await using copies = localCopies(async (key, tag) => {
      requests.push(`${key} ${tag}`);
      return tag === 'v1' ? 'same' : { bytes: Buffer.from(key), tag: 'v1' };
    });
    const [first = ''] = await copies.open(['a']);
    expect(await copies.open(['a'])).toEqual([first]);
    vi.setSystemTime(Date.now() + HOUR);
    await copies.open(['b']);
    expect(existsSync(first)).toBe(false);
    expect(await copies.open(['a'])).toEqual([first]);
    expect(readFileSync(first, 'utf8')).toBe('a');
    expect(requests).toEqual(['a undefined', 'a v1', 'b undefined', 'a undefined']);
  });

  it('are complete for callers that open one new object at the same time', async () => {
    await using copies = localCopies(async (key, tag) => (tag ? 'same' : { bytes: Buffer.from(key), tag: 'v1' }));
    const opened = await Promise.all([copies.open(['a', 'a']), copies.open(['a']), copies.open(['a'])]);
    expect(opened.flat().map((path) => readFileSync(path, 'utf8'))).toEqual(['a', 'a', 'a', 'a']);
  });

  it('are not deleted while a caller opens them', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const gate = Promise.withResolvers<void>();
    await using copies = localCopies(async (key, tag) => {
      if (!tag) return { bytes: Buffer.from(key), tag: 'v1' };
      await gate.promise;
      return 'same';
    });
    await copies.open(['a']);
    const opening = copies.open(['a']);
    await new Promise((turn) => setTimeout(turn, 20));
    vi.setSystemTime(Date.now() + HOUR);
    const other = copies.open(['b']);
    setTimeout(gate.resolve, 50);
    const [path = ''] = await opening;
    await other;
    expect(readFileSync(path, 'utf8')).toBe('a');
  });

  it('can be downloaded after a failed download', async () => {
    let failing = true;
    await using copies = localCopies(async (key) => {
      if (failing) throw new Error('unreachable');
      return { bytes: Buffer.from(key), tag: 'v1' };
    });
    await expect(copies.open(['a'])).rejects.toThrow('unreachable');
    failing = false;
    const [path = ''] = await copies.open(['a']);
    expect(readFileSync(path, 'utf8')).toBe('a');
  });
});

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('on S3', () => {
  let server: MiniStack;
  withEmulatorCredentials();
  beforeAll(async () => {
    server = await startMiniStack();
    const client = new S3Client({ endpoint: server.endpoint, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: 'contract' }));
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  objectStoreContract('an S3 bucket', async () => s3ObjectStore({ bucket: 'contract', endpoint: server.endpoint }));
});
