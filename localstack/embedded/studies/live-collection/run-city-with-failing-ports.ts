import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { recordsOf } from '#adapters/event-log/read-all-records.ts';
import { DAY } from '#domain/core/time.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import type { CollectionSide } from '#domain/experiments/live-check-figure-types.ts';
import { simulateHours } from '../../../../functions/universe/engine/simulation-loop.ts';
import { createUniverse } from '../../../../functions/universe/worlds/films/create-universe.ts';
import {
  EMPTY_SLATE,
  serviceSlate,
} from '../../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { CITY_STARTS_AT, HOURS_PER_DAY } from '../../city/simulate-until.ts';
import { simulatedClock } from '../../city/state/simulated-clock.ts';
import type { ContainedCollector } from '../../host/learner-code/function-in-own-process-types.ts';
import { openRuntime, type Runtime } from '../../host/open-runtime.ts';
import { type MeasuredCollector, measuredCollector } from './measure-collector-under-faults.ts';
import { retryingClients } from './retrying-clients.ts';

export interface CollectionCitySize {
  readonly seed: number;
  readonly agents: number;
  readonly days: number;
}

export interface CollectionCity {
  readonly side: CollectionSide;
  readonly code: ReturnType<MeasuredCollector['code']>;
}

/** Milliseconds until some phones send their batches once more. */
const LONG_AFTER = 400 * DAY;
/** Number of titles in the city. */
const TITLES = 100;
/** Some phones send late, and some events arrive twice in one batch. */
const SCENARIO = { late: { share: 0.05, fromMinutes: 1, toMinutes: 600 }, duplicates: { share: 0.05 } };

/**
 * Simulates the first days of a small city, whose clients retry, while its event log and its table fail now and then.
 *
 * @param dataDir an empty folder
 * @param onHour is called after each simulated hour
 */
export async function runCollectionCity(
  { seed, agents, days }: CollectionCitySize,
  dataDir: string,
  contained: ContainedCollector,
  onHour: (hour: number) => void,
): Promise<CollectionCity> {
  const clock = simulatedClock(CITY_STARTS_AT);
  const { now } = clock;
  const settings = { policy: 'popular', holdbackShare: 0, explorationShare: 0 } as const;
  await using runtime = await openRuntime({ dataDir, now, settings, deadlines: hangGuard(), logLevel: 'SILENT' });
  const collector = measuredCollector(contained);
  runtime.useSeams({ collectOutside: collector.collectOutside });
  const clients = retryingClients(runtime.api, seed, collector.disturb);
  const universe = createUniverse({ seed, agents, titles: TITLES, startAt: CITY_STARTS_AT, scenario: SCENARIO });
  await simulateHours(
    {
      ...{ universe, api: clients.api, respond: serviceSlate(runtime.api), duringOutage: EMPTY_SLATE },
      ...{ setClock: clock.set, checkpoint: () => {}, settle: () => runtime.settle(['update-online'], now()) },
      onHour: ({ hour }) => onHour(hour + 1),
    },
    0,
    days * HOURS_PER_DAY,
  );
  clock.set(CITY_STARTS_AT + LONG_AFTER);
  await clients.sendOldBatches();
  const { acknowledged, deliveries, unanswered } = clients.counts();
  const { stored, ...log } = await readLog(runtime);
  const lost = [...acknowledged].filter((id) => !stored.has(id)).length;
  const events = new Set([...acknowledged, ...stored]).size;
  return {
    side: { events, deliveries, unanswered, lost, ...log, ...collector.counts() },
    code: collector.code(),
  };
}

/** Reads the log as its readers do: each reads one partition, and keeps the first event with each id. */
async function readLog({
  ports,
}: Runtime): Promise<Pick<CollectionSide, 'copies' | 'seenTwice'> & { stored: Set<string> }> {
  const partitionsOf = new Map<string, Set<number>>();
  let records = 0;
  for await (const { partition, value } of recordsOf(ports.eventLog, EVENTS)) {
    const { eventId } = JSON.parse(value) as StoredEvent;
    partitionsOf.set(eventId, (partitionsOf.get(eventId) ?? new Set()).add(partition));
    records++;
  }
  const seenTwice = [...partitionsOf.values()].filter(({ size }) => size > 1).length;
  return { copies: records - partitionsOf.size, seenTwice, stored: new Set(partitionsOf.keys()) };
}
