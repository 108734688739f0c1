import { DAY } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';

interface Delivery {
  readonly ids: readonly string[];
  readonly day?: number;
  readonly killedAfter?: string;
}

type Collect = (accepted: readonly ClientEvent[], ports: unknown) => Promise<unknown>;
type Row = { readonly item: unknown; readonly expiresAt: number };
type Write = (port: string, effect: () => void, turns: number) => Promise<void>;

const START = Date.UTC(2026, 2, 3, 8, 41);
/**
 * Turns of the microtask queue until a call takes effect. The log is the slowest, so a write that is not awaited is
 * late.
 */
const TURNS = { table: 1, log: 20 };

/** Delivers the batches of an example to a collector. @returns the ids of the events in the log, copies included */
export async function playExample(collect: Collect, deliveries: readonly Delivery[]): Promise<string[]> {
  const log: string[] = [];
  const rows = new Map<string, Row>();
  for (const { ids, day = 0, killedAfter } of deliveries) {
    const now = START + day * DAY;
    let isDead = false;
    let kill = () => {};
    const killed = new Promise<void>((resolve) => {
      kill = resolve;
    });
    const call: Write = async (port, effect, turns) => {
      for (let turn = 0; turn < turns; turn++) await undefined;
      if (isDead) return await new Promise(() => {});
      effect();
      if (port !== killedAfter) return;
      isDead = true;
      kill();
      return await new Promise(() => {});
    };
    const ports = portsOf({ log, rows, call, now });
    await Promise.race([collect(ids.map(eventOf), ports), killed]);
    if (killedAfter === 'response') isDead = true;
    else if (!isDead) for (let turn = 0; turn < 2 * TURNS.log; turn++) await undefined;
  }
  return log;
}

interface State {
  readonly log: string[];
  readonly rows: Map<string, Row>;
  readonly call: Write;
  readonly now: number;
}

function portsOf({ log, rows, call, now }: State): unknown {
  const append = async (_topic: string, records: readonly { value: string }[]) =>
    await call('append', () => log.push(...records.map(({ value }) => JSON.parse(value).eventId as string)), TURNS.log);
  const nameOf = ({ pk, sk }: { pk: string; sk: string }) => `${pk}/${sk}`;
  const getMany = async (keys: readonly { pk: string; sk: string }[]) => {
    let items: unknown[] = [];
    const read = () => {
      const found = keys.map((key) => rows.get(nameOf(key)));
      items = found.map((row) => (row && row.expiresAt > now ? row.item : undefined));
    };
    await call('getMany', read, TURNS.table);
    return items;
  };
  const putMany = async (entries: readonly { key: { pk: string; sk: string }; item: object; expiresAt?: number }[]) => {
    const write = () => {
      for (const { key, item, expiresAt = Number.POSITIVE_INFINITY } of entries)
        rows.set(nameOf(key), { item, expiresAt });
    };
    await call('putMany', write, TURNS.table);
  };
  return { eventLog: { append }, idempotency: { getMany, putMany }, now: () => now, headers: {} };
}

/** Returns a play. Ids with the same letter have the same content. */
function eventOf(eventId: string): ClientEvent {
  const content = eventId.charCodeAt(0);
  const occurredAt = START - content * DAY;
  return { type: 'play', eventId, userId: `u-${content}`, titleId: 't-7', occurredAt, sentAt: occurredAt };
}
