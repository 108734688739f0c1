import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { collect } from '../../../../functions/data-collection/collect/handler.ts';
import { turnsPerEventId } from '../../../../functions/data-collection/collect/take-turns-per-event-id.ts';
import { validateEvent } from '../../../../functions/data-collection/validate-event.ts';
import { call, handlerFixture, NOON, recordsOf } from '../../handler-fixture.ts';

const COPIES = 50;
const headers = { 'content-type': 'application/json' };
const play = (eventId: string, titleId: string) => ({
  ...{ type: 'play', eventId, userId: 'u-1', titleId },
  ...{ occurredAt: NOON - 2, sentAt: NOON - 1 },
});

describe('concurrent requests with the same event', () => {
  it('append it once, whatever its other fields are, and count all other copies as repeats', async () => {
    using fixture = handlerFixture();
    const handler = collect({ ...fixture, validateEvent });
    const bodies = Array.from({ length: COPIES }, (_, i) =>
      JSON.stringify({ events: [play('e-same', `t-${i}`), play(`e-${i}`, 't-1')] }),
    );
    const replies = await Promise.all(
      bodies.map((body) => call<{ statusCode: number; body: string }>(handler, { headers, body })),
    );
    const counts = replies.map(({ body }) => JSON.parse(body) as { accepted: number; duplicates: number });
    expect(counts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(COPIES + 1);
    expect(counts.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(COPIES - 1);
    const ids = (await recordsOf(fixture.eventLog, EVENTS)).map(({ value }) => JSON.parse(value).eventId as string);
    expect(ids.filter((id) => id === 'e-same')).toHaveLength(1);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('store the event with a later request if the first one fails', async () => {
    using fixture = handlerFixture();
    let failures = 1;
    const append: typeof fixture.eventLog.append = async (topic, records) => {
      await sleep(1);
      if (failures-- > 0) throw new Error('no answer');
      return await fixture.eventLog.append(topic, records);
    };
    const handler = collect({ ...fixture, eventLog: { ...fixture.eventLog, append }, validateEvent });
    const body = JSON.stringify(play('e-1', 't-1'));
    const replies = await Promise.all(
      [1, 2, 3].map(() => call<{ statusCode: number; body: string }>(handler, { headers, body })),
    );
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([500, 202, 202]);
    expect(await recordsOf(fixture.eventLog, EVENTS)).toHaveLength(1);
  });
});

const Call = fc.record({
  ids: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }),
  arrivesAfter: fc.nat({ max: 3 }),
  takes: fc.nat({ max: 4 }),
  fails: fc.boolean(),
});

describe('turnsPerEventId', () => {
  it('never runs two calls with a common id at once, keeps their order, and runs every call', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(Call, { maxLength: 12 }), async (calls) => {
        const takeTurns = turnsPerEventId();
        const running = new Set<number>();
        const arrived: number[] = [];
        const began: number[] = [];
        const share = (a: number, b: number) => calls[a]?.ids.some((id) => calls[b]?.ids.includes(id));
        const results = await Promise.allSettled(
          calls.map(async ({ ids, arrivesAfter, takes, fails }, i) => {
            for (let tick = 0; tick < arrivesAfter; tick++) await Promise.resolve();
            arrived.push(i);
            return await takeTurns(ids, async () => {
              for (const other of running) expect(share(i, other)).toBe(false);
              running.add(i);
              began.push(i);
              for (let tick = 0; tick < takes; tick++) await Promise.resolve();
              running.delete(i);
              if (fails) throw new Error(`call ${i}`);
              return i;
            });
          }),
        );
        const outcome = results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.message));
        expect(outcome).toEqual(calls.map(({ fails }, i) => (fails ? `call ${i}` : i)));
        for (const id of ['a', 'b', 'c', 'd'] as const) {
          const withId = (list: number[]) => list.filter((i) => calls[i]?.ids.includes(id));
          expect(withId(began)).toEqual(withId(arrived));
        }
      }),
    );
  });

  it('does not make calls without a common id wait', async () => {
    const takeTurns = turnsPerEventId();
    const never = takeTurns(['a'], () => new Promise(() => {}));
    expect(await takeTurns(['b'], async () => 'done')).toBe('done');
    expect(await Promise.race([never, sleep(1).then(() => 'waits')])).toBe('waits');
  });
});
