import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchBySize, sizeOf } from '#adapters/batching/batch-appends.ts';
import type { NewRecord } from '#ports/event-log.ts';

const MAX_BYTES = 400;
const record = (value: string): NewRecord => ({ key: 'a', value, timestamp: 0, headers: { h: 'x' } });

/** Returns a log with one partition that responds asynchronously, and rejects the value `bad`. */
function slowLog() {
  const requests: (readonly NewRecord[])[] = [];
  let next = 0;
  const send = async (records: readonly NewRecord[]) => {
    requests.push(records);
    await new Promise((resolve) => setImmediate(resolve));
    if (records.some(({ value }) => value === 'bad')) throw new Error('rejected');
    return records.map(() => ({ partition: 0, offset: next++ }));
  };
  return { requests, ...batchBySize(send, MAX_BYTES) };
}

describe('batched appends', () => {
  it('return each caller’s own positions, in requests below the size limit', async () => {
    const appends = fc.array(fc.array(fc.string({ maxLength: 300 }), { maxLength: 5 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(appends, async (all) => {
        const { append, requests } = slowLog();
        const results = await Promise.all(all.map((values) => append(values.map(record))));
        const sent = requests.flat().map(({ value }) => value);
        expect(sent).toEqual(all.flat());
        expect(results.map((positions) => positions.map(({ offset }) => sent[offset]))).toEqual(all);
        for (const request of requests) {
          const bytes = request.reduce((sum, one) => sum + sizeOf(one), 0);
          if (request.length > 1) expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
        }
      }),
    );
  });

  it('share the next request while one is in flight', async () => {
    const { append, requests } = slowLog();
    await Promise.all(Array.from({ length: 9 }, (_, i) => append([record(String(i))])));
    expect(requests.length).toBeLessThanOrEqual(3);
  });

  it('fail if an earlier pending append fails, which preserves the order, and later appends succeed', async () => {
    const { append, idle, requests } = slowLog();
    const pending = ['bad', 'behind'].map((value) => append([record(value)]));
    const settled = await Promise.allSettled(pending);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await append([record('after')])).toEqual([{ partition: 0, offset: 0 }]);
    await idle();
    expect(requests.flat().map(({ value }) => value)).toEqual(['bad', 'after']);
  });
});
