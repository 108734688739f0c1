import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesWith } from '../../localstack/embedded/storage/vacuum-and-find-remaining-ids.ts';

const CHUNK = 2 ** 20;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentbricks-erase-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the search for an id in the bytes of files', () => {
  it.each([
    ['alone', 'u-1'],
    ['in JSON', '{"userId":"u-1"}'],
    ['in a key', 'user#u-1|profile'],
    ['across two chunks', `${' '.repeat(CHUNK - 2)}u-1 `],
    ['at the end of a chunk', `${' '.repeat(CHUNK - 3)}u-1`],
    ['at the beginning of a chunk', `${' '.repeat(CHUNK)}u-1`],
    ['after a longer id', 'u-10 u-1'],
  ])('finds it %s', async (_, content) => {
    await writeFile(join(folder, 'file'), content);
    expect(await filesWith(folder, 'u-1')).toEqual(['file']);
  });

  it.each([
    ['that is longer', 'u-10'],
    ['with a prefix', 'xu-1'],
    ['that continues in the next chunk', `${' '.repeat(CHUNK - 3)}u-10`],
    ['with a prefix, before the end of the file', 'xxbu-1\n'],
    ['with a prefix, before the end of a chunk', `${' '.repeat(CHUNK - 5)}xu-1 `],
    ['that started in the previous chunk', `${' '.repeat(CHUNK - 1)}xu-1`],
    ['that is absent', ''],
  ])('does not match an id %s', async (_, content) => {
    await writeFile(join(folder, 'file'), content);
    expect(await filesWith(folder, 'u-1')).toEqual([]);
  });
});
