import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Now } from '#domain/core/time.ts';
import type { QueryOptions, Table } from '#ports/table.ts';

const START = Date.UTC(2026, 0, 5);

/** Defines the contract of every table. @param open returns a table; tests use separate partition keys */
export const tableContract = (name: string, open: (now: Now) => Promise<Table>) =>
  describe(`${name} is a table`, () => {
    let serial = 0;
    const fresh = () => `contract-${Date.now()}-${++serial}`;
    const at = (pk: string, sk = 'x') => ({ pk, sk });
    const opened = () => open(() => START);

    it('returns all fields of the item that was put last', async () => {
      await using table = await opened();
      const key = at(fresh());
      expect(await table.get(key)).toBeUndefined();
      expect(await table.put(key, { a: 1 })).toBe(true);
      const item = { text: 'ü𝄞', number: 0.1, negative: -5, list: [1, { deep: true }], none: null, empty: '' };
      expect(await table.put(key, item)).toBe(true);
      expect(await table.get(key)).toEqual(item);
    });

    it('writes an item with the condition “absent” once, even for concurrent callers', async () => {
      await using table = await opened();
      const key = at(fresh());
      const tries = Array.from({ length: 8 }, (_, i) => table.put(key, { i }, { when: 'absent' }));
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
    });

    it('writes an item only if its condition is met', async () => {
      await using table = await opened();
      const key = at(fresh());
      const when = (revision: number) => ({ when: { field: 'revision', equals: revision } });
      expect(await table.put(key, { revision: 1 }, when(0))).toBe(false);
      await table.put(key, { revision: 1 });
      expect(await table.put(key, { revision: 2 }, when(1))).toBe(true);
      expect(await table.put(key, { revision: 3 }, when(1))).toBe(false);
      expect(await table.get(key)).toEqual({ revision: 2 });
    });

    it('returns many items in the order of their keys, including repeated keys', async () => {
      await using table = await opened();
      const pk = fresh();
      await table.putMany([1, 2, 3].map((n) => ({ key: at(pk, `k${n}`), item: { n } })));
      const keys = ['k3', 'k9', 'k1', 'k3'].map((sk) => at(pk, sk));
      expect(await table.getMany(keys)).toEqual([{ n: 3 }, undefined, { n: 1 }, { n: 3 }]);
      expect(await table.getMany([])).toEqual([]);
    });

    it('puts and gets more items than a single request of any service allows', async () => {
      await using table = await opened();
      const pk = fresh();
      const entries = Array.from({ length: 130 }, (_, n) => ({ key: at(pk, String(n).padStart(4, '0')), item: { n } }));
      await table.putMany(entries);
      expect(await table.getMany(entries.map(({ key }) => key))).toEqual(entries.map(({ item }) => item));
      expect(await table.query(pk)).toHaveLength(130);
    });

    it('returns a query’s items by sort key, with prefix, order and limit', async () => {
      await using table = await opened();
      const pk = fresh();
      for (const sk of ['b2', 'a1', 'b1', 'c']) await table.put(at(pk, sk), { sk });
      const keys = async (options?: QueryOptions) => (await table.query(pk, options)).map(({ sk }) => sk);
      expect(await keys()).toEqual(['a1', 'b1', 'b2', 'c']);
      expect(await keys({ prefix: 'b' })).toEqual(['b1', 'b2']);
      expect(await keys({ descending: true, limit: 2 })).toEqual(['c', 'b2']);
      expect(await table.query(fresh())).toEqual([]);
    });

    it('returns all items of a query that needs several pages, in order', async () => {
      await using table = await opened();
      const [pk, text] = [fresh(), 'x'.repeat(20_000)];
      const sks = Array.from({ length: 60 }, (_, i) => `${i % 2 === 0 ? 'even' : 'odd'}-${10 + i}`);
      await table.putMany(sks.map((sk) => ({ key: at(pk, sk), item: { sk, text } })));
      const found = async (options?: QueryOptions) => {
        const rows = await table.query<{ sk: string; text: string }>(pk, options);
        expect(rows.every(({ sk, item }) => item.sk === sk && item.text === text)).toBe(true);
        return rows.map(({ sk }) => sk);
      };
      const [ordered, odd] = [sks.toSorted(), sks.filter((sk) => sk.startsWith('odd'))];
      expect(await found()).toEqual(ordered);
      expect(await found({ descending: true })).toEqual(ordered.toReversed());
      expect(await found({ prefix: 'odd' })).toEqual(odd);
      expect(await found({ prefix: 'odd', descending: true, limit: 17 })).toEqual(odd.toReversed().slice(0, 17));
    });

    it('does not return a deleted item, and a second deletion succeeds', async () => {
      await using table = await opened();
      const key = at(fresh());
      await table.put(key, {});
      await table.delete(key);
      await table.delete(key);
      expect(await table.get(key)).toBeUndefined();
    });

    it('does not return an expired item, and can write it again', async () => {
      let now = START;
      await using table = await open(() => now);
      const key = at(fresh());
      await table.put(key, { old: true }, { expiresAt: START + 1_000 });
      expect(await table.get(key)).toEqual({ old: true });
      expect(await table.put(key, {}, { when: 'absent' })).toBe(false);
      now = START + 1_000;
      expect(await table.get(key)).toBeUndefined();
      expect(await table.query(key.pk)).toEqual([]);
      expect(await table.put(key, { old: false }, { when: 'absent' })).toBe(true);
      expect(await table.get(key)).toEqual({ old: false });
    });

    it('treats an expired item as absent in the condition of a field, too', async () => {
      let now = START;
      await using table = await open(() => now);
      const key = at(fresh());
      const when = { field: 'revision', equals: 1 };
      await table.put(key, { revision: 1 }, { expiresAt: START + 1_000 });
      expect(await table.put(key, { revision: 1, still: true }, { when, expiresAt: START + 1_000 })).toBe(true);
      now = START + 1_000;
      expect(await table.put(key, { revision: 2 }, { when })).toBe(false);
      expect(await table.get(key)).toBeUndefined();
    });

    it('behaves like a map for any sequence of operations', async () => {
      await using table = await opened();
      const step = fc.record({
        kind: fc.constantFrom('put', 'absent', 'delete' as const),
        sk: fc.constantFrom('a', 'b', 'ab'),
        value: fc.integer(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          const [pk, model] = [fresh(), new Map<string, number>()];
          for (const { kind, sk, value } of steps) {
            if (kind === 'delete') {
              await table.delete(at(pk, sk));
              model.delete(sk);
              continue;
            }
            const written = await table.put(at(pk, sk), { value }, kind === 'absent' ? { when: 'absent' } : {});
            expect(written).toBe(kind === 'put' || !model.has(sk));
            if (written) model.set(sk, value);
          }
          const expected = [...model]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([sk, value]) => ({ sk, item: { value } }));
          expect(await table.query(pk)).toEqual(expected);
        }),
        { numRuns: 20 },
      );
    });
  });
