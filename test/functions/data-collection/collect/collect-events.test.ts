import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { type CollectPorts, collectEvents } from '../../../../functions/data-collection/collect/collect-events.ts';
import { type HandlerFixture, handlerFixture, NOON, recordsOf } from '../../handler-fixture.ts';

const playOf = (n: number): ClientEvent => ({
  ...{ type: 'play', eventId: `e-${n}`, userId: `u-${n}`, titleId: 't-1' },
  ...{ occurredAt: NOON - 2, sentAt: NOON - 1 },
});

let fixture: HandlerFixture;
let ports: CollectPorts;
beforeEach(() => {
  fixture = handlerFixture();
  const { eventLog, idempotency, now } = fixture;
  ports = { eventLog, idempotency, now, headers: { 'x-correlation-id': 'trace-1' } };
});
afterEach(() => fixture[Symbol.dispose]());
const stored = async () => await recordsOf(fixture.eventLog, EVENTS);

describe('collectEvents', () => {
  it('appends each event with the service’s time, the user as key and the correlation id', async () => {
    expect(await collectEvents([playOf(0)], ports)).toEqual({ accepted: 1, duplicates: 0 });
    const [record] = await stored();
    expect(JSON.parse(record?.value ?? '')).toEqual({ ...playOf(0), ingestedAt: NOON });
    expect(record).toMatchObject({ key: 'u-0', timestamp: NOON, headers: { 'x-correlation-id': 'trace-1' } });
  });

  it('appends a repeat neither within a batch nor in a later one', async () => {
    expect(await collectEvents([playOf(0), playOf(0), playOf(1)], ports)).toEqual({ accepted: 2, duplicates: 1 });
    expect(await collectEvents([playOf(1), playOf(2)], ports)).toEqual({ accepted: 1, duplicates: 1 });
    expect((await stored()).map(({ value }) => JSON.parse(value).eventId).sort()).toEqual(['e-0', 'e-1', 'e-2']);
  });

  it('appends two events with equal content and different ids', async () => {
    const twin = { ...playOf(0), eventId: 'e-twin' };
    expect(await collectEvents([playOf(0), twin], ports)).toEqual({ accepted: 2, duplicates: 0 });
  });

  it('loses no event to a crash between its two writes: the repeat is appended', async () => {
    const killed = { ...fixture.idempotency, putMany: () => Promise.reject(new Error('killed')) };
    await expect(collectEvents([playOf(0)], { ...ports, idempotency: killed })).rejects.toThrow('killed');
    expect(await stored()).toHaveLength(1);
    expect(await collectEvents([playOf(0)], ports)).toEqual({ accepted: 1, duplicates: 0 });
  });

  it('marks no event that could not be appended', async () => {
    const broken = { append: () => Promise.reject(new Error('no broker')) };
    await expect(collectEvents([playOf(0)], { ...ports, eventLog: broken })).rejects.toThrow('no broker');
    expect(await fixture.idempotency.get(eventKey('e-0'))).toBeUndefined();
  });

  it('writes nothing for an empty batch', async () => {
    expect(await collectEvents([], ports)).toEqual({ accepted: 0, duplicates: 0 });
    expect(await stored()).toEqual([]);
  });
});
