import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '#ports/object-store.ts';

const bytes = (text: string) => Buffer.from(text);
const text = (found: Uint8Array | undefined) => found && Buffer.from(found).toString('utf8');

/** Defines the contract of every object store. @param open returns a store; tests use separate prefixes */
export const objectStoreContract = (name: string, open: () => Promise<ObjectStore>) =>
  describe(`${name} is an object store`, () => {
    let serial = 0;
    const folder = () => `contract-${Date.now()}-${++serial}`;

    it('returns the bytes that were put last', async () => {
      await using store = await open();
      const key = `${folder()}/deep/date=2026-01-05/x.parquet`;
      expect(await store.get(key)).toBeUndefined();
      await store.put(key, Uint8Array.from([0, 255, 128]));
      expect(Buffer.from((await store.get(key)) ?? [])).toEqual(Buffer.from([0, 255, 128]));
      await store.put(key, bytes('second'));
      expect(text(await store.get(key))).toBe('second');
    });

    it('stores an empty object', async () => {
      await using store = await open();
      const key = `${folder()}/empty`;
      await store.put(key, new Uint8Array());
      expect(await store.get(key)).toHaveLength(0);
    });

    it('lists objects by prefix, sorted by key, with their sizes', async () => {
      await using store = await open();
      const at = folder();
      for (const name of ['b/2', 'a/1', 'b/10', 'c']) await store.put(`${at}/${name}`, bytes(name));
      expect(await store.list(`${at}/`)).toEqual(
        ['a/1', 'b/10', 'b/2', 'c'].map((name) => ({ key: `${at}/${name}`, size: name.length })),
      );
      expect((await store.list(`${at}/b/`)).map(({ key }) => key)).toEqual([`${at}/b/10`, `${at}/b/2`]);
      expect(await store.list(`${at}/none/`)).toEqual([]);
    });

    it('lists objects while others are deleted', async () => {
      await using store = await open();
      const at = folder();
      const keys = Array.from({ length: 20 }, (_, i) => `${at}/${String(i).padStart(2, '0')}`);
      const stays = `${at}/stays`;
      await store.put(stays, bytes('x'));
      for (let round = 0; round < 5; round++) {
        await Promise.all(keys.map((key) => store.put(key, bytes('x'))));
        const deleting = Promise.all(keys.map((key) => store.delete(key)));
        const found = await store.list(`${at}/`);
        expect([...keys, stays]).toEqual(expect.arrayContaining(found.map(({ key }) => key)));
        expect(found).toContainEqual({ key: stays, size: 1 });
        await deleting;
      }
    });

    it('does not return a deleted object, and a second deletion succeeds', async () => {
      await using store = await open();
      const key = `${folder()}/gone`;
      await store.put(key, bytes('x'));
      await store.delete(key);
      await store.delete(key);
      expect(await store.get(key)).toBeUndefined();
    });

    it('replaces an object atomically, so that readers get the old bytes or the new bytes', async () => {
      await using store = await open();
      const key = `${folder()}/replaced`;
      const versions = ['a', 'b'].map((letter) => letter.repeat(200_000));
      await store.put(key, bytes(versions[0] as string));
      const writing = (async () => {
        for (let i = 0; i < 10; i++) await store.put(key, bytes(versions[i % 2] as string));
      })();
      for (let i = 0; i < 20; i++) expect(versions).toContain(text(await store.get(key)));
      await writing;
    });

    it.each(['../x', '/etc/passwd', 'a//b', 'a/./b', '', 'a b', 'ü'])('rejects the key “%s”', async (key) => {
      await using store = await open();
      await expect(async () => store.put(key, bytes('x'))).rejects.toMatchObject({ code: 'BRICK_BAD_OBJECT_KEY' });
      await expect(async () => store.get(key)).rejects.toMatchObject({ code: 'BRICK_BAD_OBJECT_KEY' });
    });

    it('opens objects as local files with the bytes that were put last', async () => {
      await using store = await open();
      const at = folder();
      const keys = ['b=2/x', 'a=1/x', 'none'].map((name) => `${at}/${name}`);
      const opened = async () =>
        Promise.all((await store.open(keys.slice(0, 2))).map((path) => readFile(path, 'utf8')));
      for (const key of keys.slice(0, 2)) await store.put(key, bytes(key));
      expect(await opened()).toEqual(keys.slice(0, 2));
      await store.put(keys[0] as string, bytes('second'));
      expect(await opened()).toEqual(['second', keys[1]]);
      expect((await store.open(keys)).map(existsSync)).toEqual([true, true, false]);
      await store.delete(keys[0] as string);
      expect((await store.open(keys)).map(existsSync)).toEqual([false, true, false]);
    });

    it('lets concurrent callers open an object that none of them has opened before', async () => {
      await using store = await open();
      const key = `${folder()}/new`;
      await store.put(key, bytes('new'));
      const opened = await Promise.all(Array.from({ length: 4 }, () => store.open([key])));
      expect(await Promise.all(opened.flat().map((path) => readFile(path, 'utf8')))).toEqual(Array(4).fill('new'));
    });
  });
