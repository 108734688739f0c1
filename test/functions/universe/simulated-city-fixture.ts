import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import { simulateHours } from '../../../functions/universe/engine/simulation-loop.ts';
import {
  createUniverse,
  createWorld,
  type Universe,
  type UniverseSize,
} from '../../../functions/universe/worlds/films/create-universe.ts';
import { KIND } from '../../../functions/universe/worlds/films/events/event-column-arrays.ts';
import { wordOfMouthPolicy } from '../../../functions/universe/worlds/films/policies/baseline-policies.ts';
import {
  EMPTY_SLATE,
  type RequestSlate,
} from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { simulate } from '../../../functions/universe/worlds/films/simulate-agents-with-baseline-policies.ts';

export const START = Date.UTC(2026, 0, 5);
export const SIZE: UniverseSize = { seed: 11, agents: 300, titles: 80, startAt: START };

/** Returns a service that accepts every valid event and stores all requests in `sent`. Malformed copies have a ~ in their ids. */
export function recordingService() {
  const sent: { readonly at: number; readonly event: unknown }[] = [];
  let clock = START;
  const api: Api = async ({ body = '' }) => {
    const { events } = JSON.parse(body) as { events: unknown[] };
    for (const event of events) sent.push({ at: clock, event });
    const rejected = events.flatMap((event, index) =>
      isGood(event) ? [] : [{ index, eventId: null, code: 'X', reason: 'x' }],
    );
    const accepted = events.length - rejected.length;
    return { status: 202, headers: {}, body: JSON.stringify({ accepted, duplicates: 0, rejected }) };
  };
  const setClock = (at: number) => {
    clock = at;
  };
  return { api, sent, setClock };
}

const isGood = (event: unknown): event is ClientEvent =>
  typeof event === 'object' && event !== null && 'eventId' in event && /^[^~]+$/.test(String(event.eventId));

export const fixed =
  (slate: readonly string[]): RequestSlate =>
  async () => ({ titleIds: slate, policy: 'random', degraded: false });
export const firstTitles = (count: number) =>
  Array.from({ length: count }, (_, i) => `t-${String(i).padStart(4, '0')}`);

interface Course {
  readonly days?: number;
  readonly slate?: readonly string[];
  /** Called before each hour is simulated. */
  readonly beforeHour?: (universe: Universe, hour: number) => void;
}

/** Simulates a universe for some days with a fixed slate. */
export async function simulateCity(
  changes: Partial<UniverseSize> = {},
  { days = 3, slate = firstTitles(20), beforeHour }: Course = {},
) {
  const universe: Universe = createUniverse({ ...SIZE, ...changes });
  const { api, sent, setClock } = recordingService();
  let requests = 0;
  const respond: RequestSlate = async (session) => {
    requests++;
    return fixed(slate)(session);
  };
  const checkpoint = (hoursDone: number) => beforeHour?.(universe, hoursDone);
  beforeHour?.(universe, 0);
  await simulateHours(
    { universe, api, respond, duringOutage: EMPTY_SLATE, setClock, checkpoint, settle: async () => {} },
    0,
    days * 24,
  );
  const good = sent.filter((one): one is { at: number; event: ClientEvent } => isGood(one.event));
  return { universe, sent, requests, good, events: good.map(({ event }) => event) };
}

export const ofType = <Type extends ClientEvent['type']>(events: readonly ClientEvent[], type: Type) =>
  events.filter((event): event is Extract<ClientEvent, { type: Type }> => event.type === type);

/** Simulates a universe without the recommendation service, and returns its plays by title and its number of sessions. */
export function simulated(changes: Partial<UniverseSize>, days: number) {
  const world = createWorld({ ...SIZE, ...changes });
  const plays = new Uint32Array(world.size.titles);
  let sessions = 0;
  for (const block of simulate(world, 0, days * 24, wordOfMouthPolicy)) {
    sessions += block.sessions;
    for (let row = 0; row < block.events.length; row++) {
      const title = block.events.title[row] ?? 0;
      if (block.events.kind[row] === KIND.play) plays[title] = (plays[title] ?? 0) + 1;
    }
  }
  return { world, plays, sessions, total: plays.reduce((sum, count) => sum + count, 0) };
}
