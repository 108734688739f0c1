import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { HOUR, MINUTE } from '#domain/core/time.ts';
import type { MetricHistory } from '#domain/events/all-bricks-seam-types.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { postEvents } from '../../../../functions/universe/engine/post-events.ts';
import { createUniverse } from '../../../../functions/universe/worlds/films/create-universe.ts';
import type { Session } from '../../../../functions/universe/worlds/films/events/client-events.ts';
import { serviceSlate } from '../../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { CITY_STARTS_AT } from '../../city/simulate-until.ts';
import { simulatedClock } from '../../city/state/simulated-clock.ts';
import { openRuntime, type Runtime } from '../../host/open-runtime.ts';

export interface MonitoredCity {
  readonly seed: number;
  readonly agents: number;
  /** Hours of the first day, from noon on. */
  readonly hours: number;
  /** Minutes since noon in which the table of event ids cannot be read. */
  readonly deadTable: { readonly from: number; readonly until: number };
}

const NOON = 12;
const TITLES = 100;
const MINUTES_PER_HOUR = HOUR / MINUTE;

/**
 * Simulates some hours of a small city, minute by minute: people request slates when their sessions start, and their
 * devices post each event in its minute, and again in the next one if the service rejects the request.
 *
 * @param dataDir an empty folder
 * @returns the counters as a scrape after each minute finds them
 */
export async function runMonitoredCity(
  { hours, deadTable, ...size }: MonitoredCity,
  dataDir: string,
  onHour: (hour: number) => void = () => undefined,
): Promise<MetricHistory> {
  const clock = simulatedClock(CITY_STARTS_AT);
  await using runtime = await openRuntime({
    ...{ dataDir, now: clock.now, deadlines: hangGuard(), logLevel: 'SILENT' },
    settings: { policy: 'popular', holdbackShare: 0 },
  });
  const universe = createUniverse({ ...size, titles: TITLES, startAt: CITY_STARTS_AT });
  clock.set(CITY_STARTS_AT + NOON * HOUR);
  await postEvents(
    runtime.api,
    universe.catalogueEvents().filter(({ occurredAt }) => occurredAt <= clock.now()),
  );
  const respond = serviceSlate(runtime.api);
  const table = breakable(runtime.ports.idempotency);
  const outbox = outboxOf(runtime);
  const simulateMinute = async (minute: number, sessions: readonly Session[]): Promise<void> => {
    const from = CITY_STARTS_AT + NOON * HOUR + minute * MINUTE;
    clock.set(from + MINUTE - 1);
    table.isDead = minute >= deadTable.from && minute < deadTable.until;
    for (const session of startingIn(sessions, from)) {
      outbox.add(universe.react(session, await respond(session)).events);
    }
    await outbox.flush(from + MINUTE);
  };
  for (let hour = 0; hour < hours; hour++) {
    const sessions = universe.sessionsOf(NOON + hour);
    outbox.add(universe.signupsOf(NOON + hour));
    for (let minute = 0; minute < MINUTES_PER_HOUR; minute++) {
      await simulateMinute(hour * MINUTES_PER_HOUR + minute, sessions);
    }
    onHour(hour + 1);
  }
  clock.set(CITY_STARTS_AT + (NOON + hours) * HOUR);
  return runtime.metrics.history();
}

const startingIn = (sessions: readonly Session[], from: number): Session[] =>
  sessions.filter(({ startsAt }) => startsAt >= from && startsAt < from + MINUTE);

const HTTP_ACCEPTED = 202;

/** Stores the events of all devices until the service has accepted them. */
function outboxOf({ api }: Pick<Runtime, 'api'>) {
  let waiting: ClientEvent[] = [];
  return {
    add: (events: readonly ClientEvent[]): void => void waiting.push(...events),
    /** Posts the events that happened before a time, one request per person. */
    async flush(until: number): Promise<void> {
      const due = Map.groupBy(
        waiting.filter(({ occurredAt }) => occurredAt < until),
        (event) => ('userId' in event ? event.userId : ''),
      );
      waiting = waiting.filter(({ occurredAt }) => occurredAt >= until);
      for (const events of due.values()) {
        const body = JSON.stringify({ events });
        const headers = { 'content-type': 'application/json' };
        const { status } = await api({ method: 'POST', path: '/v1/events', headers, body });
        if (status !== HTTP_ACCEPTED) waiting.push(...events);
      }
    },
  };
}

/** Lets all reads of a table fail while `isDead` is set. */
function breakable(table: Runtime['ports']['idempotency']): { isDead: boolean } {
  const { getMany } = table;
  const state = { isDead: false };
  table.getMany = async <Item>(...args: Parameters<typeof getMany>) => {
    if (state.isDead) throw new Error('the table cannot be reached');
    return await getMany.call<typeof table, typeof args, Promise<readonly (Item | undefined)[]>>(table, ...args);
  };
  return state;
}
