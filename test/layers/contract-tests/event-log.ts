import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PARTITIONS } from '#domain/events/event-log-topics.ts';
import { type EventLog, type LogRecord, type NewRecord, REDACTED } from '#ports/event-log.ts';

const record = (key: string, value: string, timestamp = 0): NewRecord => ({ key, value, timestamp });

const LARGE_BYTES = 4_000;

/** Returns all records of a topic, partition by partition. */
async function all(log: EventLog, topic: string): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for (const { partition, first, next } of await log.partitions(topic)) {
    if (next > first) found.push(...(await log.read(topic, { partition, offset: first }, next - first)));
  }
  return found;
}

const valuesOf = (records: readonly { key: string; value: string }[], key: string) =>
  records.filter((one) => one.key === key).map(({ value }) => value);

/**
 * Defines the contract of every event log.
 *
 * @param open returns a log; it may be the same log each time, because each test uses its own topics
 * @param create creates a topic with PARTITIONS partitions @default - the log creates a topic on its first use
 */
export const eventLogContract = (
  name: string,
  open: () => Promise<EventLog>,
  create: (topic: string) => Promise<void> = async () => {},
) =>
  describe(`${name} is an event log`, () => {
    let serial = 0;
    const newTopic = async () => {
      const topic = `contract-${Date.now()}-${++serial}`;
      await create(topic);
      return topic;
    };

    it('redacts matching records, if it supports redaction, and does not change offsets and timestamps', async () => {
      await using log = await open();
      const topic = await newTopic();
      await log.append(topic, [record('ann', '1', 7), record('bob', '2', 8), record('ann', '3', 9)]);
      if (!log.redact) {
        expect(await all(log, topic)).toHaveLength(3);
        return;
      }
      expect(await log.redact(topic, ({ key }) => key === 'ann')).toBe(2);
      expect(await log.redact(topic, ({ key }) => key === 'ann')).toBe(0);
      const redacted = await all(log, topic);
      expect(redacted.map(({ key, value, timestamp }) => [key, value, timestamp]).sort()).toEqual([
        ['', REDACTED, 7],
        ['', REDACTED, 9],
        ['bob', '2', 8],
      ]);
      await log.append(topic, [record('ann', '4', 10)]);
      expect(valuesOf(await all(log, topic), 'ann')).toEqual(['4']);
    });

    it('returns a record with its value, headers and timestamp', async () => {
      await using log = await open();
      const [on, sent] = [
        await newTopic(),
        { ...record('ann', '{"ü":"𝄞"}', 42), headers: { 'x-correlation-id': 'c-1' } },
      ];
      const [position] = await log.append(on, [sent]);
      expect(await log.read(on, position as never, 10)).toEqual([{ ...sent, ...position }]);
    });

    it('stores records with the same key in one partition, in order', async () => {
      await using log = await open();
      const on = await newTopic();
      const values = Array.from({ length: 50 }, (_, i) => String(i));
      const positions = [];
      for (const value of values) positions.push(...(await log.append(on, [record('ann', value)])));
      expect(new Set(positions.map(({ partition }) => partition)).size).toBe(1);
      const found = await log.read(on, positions[0] as never, 100);
      expect(found.map(({ value }) => value)).toEqual(values);
    });

    it('returns one position per record, in the order of the records', async () => {
      await using log = await open();
      const on = await newTopic();
      const keys = ['ann', 'bob', 'cat', 'dan', 'eve', 'ann'];
      const positions = await log.append(
        on,
        keys.map((key, i) => record(key, String(i))),
      );
      for (const [i, position] of positions.entries()) {
        const [found] = await log.read(on, position, 1);
        expect([found?.key, found?.value]).toEqual([keys[i], String(i)]);
      }
    });

    it('reads at most `limit` records, also across appends', async () => {
      await using log = await open();
      const on = await newTopic();
      const [first] = await log.append(on, [record('a', '0'), record('a', '1')]);
      await log.append(on, [record('a', '2'), record('a', '3'), record('a', '4')]);
      const { partition = 0, offset = 0 } = first ?? {};
      const read = async (skip: number, limit: number) =>
        (await log.read(on, { partition, offset: offset + skip }, limit)).map(({ value }) => value);
      expect(await read(0, 3)).toEqual(['0', '1', '2']);
      expect(await read(1, 1)).toEqual(['1']);
      expect(await read(3, 100)).toEqual(['3', '4']);
      expect(await read(5, 100)).toEqual([]);
    });

    it('rejects a read outside the range of a partition with BRICK_OFFSET_OUT_OF_RANGE', async () => {
      await using log = await open();
      const on = await newTopic();
      await log.append(on, [record('a', '0')]);
      const outside = { partition: 0, offset: 1_000_000 };
      await expect(log.read(on, outside, 1)).rejects.toMatchObject({ code: 'BRICK_OFFSET_OUT_OF_RANGE' });
    });

    it('returns the ranges of its partitions', async () => {
      await using log = await open();
      const on = await newTopic();
      const count = async () => (await log.partitions(on)).reduce((sum, { first, next }) => sum + next - first, 0);
      expect(await log.partitions(on)).toHaveLength(PARTITIONS);
      expect(await count()).toBe(0);
      await log.append(
        on,
        ['a', 'b', 'c', 'd'].map((key) => record(key, '')),
      );
      expect(await count()).toBe(4);
    });

    it('stores the last commit of each group and partition', async () => {
      await using log = await open();
      const on = await newTopic();
      expect(await log.committed('readers', on)).toEqual(new Map());
      await log.commit('readers', on, { partition: 1, offset: 7 });
      await log.commit('readers', on, { partition: 1, offset: 9 });
      expect(await log.committed('readers', on)).toEqual(new Map([[1, 9]]));
      expect(await log.committed('others', on)).toEqual(new Map());
    });

    it('stores every record once under concurrent appends, and preserves the order of each writer', async () => {
      await using log = await open();
      const on = await newTopic();
      const writers = Array.from({ length: 20 }, (_, i) => `w-${i}`);
      const positions = await Promise.all(
        writers.flatMap((key) =>
          [0, 1, 2].map((value) => log.append(on, [record(key, String(value)), record(key, '+')])),
        ),
      );
      const distinct = positions.flat().map(({ partition, offset }) => `${partition}/${offset}`);
      expect(new Set(distinct).size).toBe(writers.length * 6);
      const found = await all(log, on);
      for (const key of writers) expect(valuesOf(found, key)).toEqual(['0', '+', '1', '+', '2', '+']);
    });

    it('stores all records of a large batch', async () => {
      await using log = await open();
      const on = await newTopic();
      const records = Array.from({ length: 600 }, (_, i) => record(`k-${i % 4}`, `${i}`.padEnd(LARGE_BYTES, '.')));
      await log.append(on, records);
      const found = await all(log, on);
      for (const key of ['k-0', 'k-1', 'k-2', 'k-3']) expect(valuesOf(found, key)).toEqual(valuesOf(records, key));
    });

    it('accepts an empty append', async () => {
      await using log = await open();
      const on = await newTopic();
      expect(await log.append(on, [])).toEqual([]);
      expect(await log.append(on, [record('a', 'next')])).toHaveLength(1);
    });

    it('returns the values of each key in order, for any values and batches', async () => {
      await using log = await open();
      const batch = fc.array(
        fc.record({ key: fc.constantFrom('a', 'b', 'c'), value: fc.string({ unit: 'grapheme' }) }),
        {
          minLength: 1,
          maxLength: 20,
        },
      );
      await fc.assert(
        fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 5 }), async (batches) => {
          const on = await newTopic();
          for (const one of batches)
            await log.append(
              on,
              one.map(({ key, value }) => record(key, value)),
            );
          const found = await all(log, on);
          for (const key of ['a', 'b', 'c']) expect(valuesOf(found, key)).toEqual(valuesOf(batches.flat(), key));
        }),
        { numRuns: 25 },
      );
    });
  });
