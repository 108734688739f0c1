import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordsOf } from '#adapters/event-log/read-all-records.ts';
import { hashUnit } from '#domain/core/keyed-random.ts';
import { HOUR } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS_DLQ } from '#domain/events/event-log-topics.ts';
import { burnRate } from '../../../../functions/monitoring/burn-rate.ts';
import { BURN_WINDOWS } from '../../../../functions/monitoring/burn-windows.ts';
import { simulateHours } from '../../../../functions/universe/engine/simulation-loop.ts';
import { createUniverse } from '../../../../functions/universe/worlds/films/create-universe.ts';
import {
  EMPTY_SLATE,
  serviceSlate,
} from '../../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { FIRST_EXPLORATION } from '../../../../localstack/embedded/city/first-week-pipeline-and-twins.ts';
import { CITY_STARTS_AT } from '../../../../localstack/embedded/city/simulate-until.ts';
import { simulatedClock } from '../../../../localstack/embedded/city/state/simulated-clock.ts';
import { openRuntime, type Runtime } from '../../../../localstack/embedded/host/open-runtime.ts';
import type {
  Incident,
  IncidentRecord,
} from '../../../../stories/academy/runners/diagnosis/incident-types-and-metric-lookup.ts';

/** All events of an hour arrive at its end. */
const STEP_MS = HOUR;
const HOURS = 24;
/** The first and the last hour in which the fault can begin. Agents are awake then. */
const [FIRST_HOUR, LAST_HOUR] = [9, 17];
const [AGENTS, TITLES] = [600, 60];
/** Share of the users whose devices get the new release. */
const ROLLED_OUT = 0.4;
const [SALT_USER, SALT_ONSET] = [1, 2];
/** Objective of the share of accepted events, whose burn rate fires the alert. */
const OBJECTIVE = 0.98;
const LENGTHS = [...new Set(BURN_WINDOWS.flatMap(({ long, short }) => [long, short]))];
const METRICS = [
  ['collect', 'Accepted'],
  ['collect', 'Rejected'],
  ['collect', 'Duplicates'],
  ['recommend', 'Invocations'],
  ['recommend', 'Degraded'],
] as const;

/** Sends the event as the new release does, which has renamed a field. */
function renamed({ titleId, ...event }: ClientEvent & { readonly titleId?: string }): unknown {
  return titleId === undefined ? event : { ...event, title_id: titleId };
}

/**
 * Runs a small city in which a client release renames a field at a random time, and returns its metrics and the truth.
 * The release goes to 40 % of the users at once.
 */
export async function schemaChangeIncident(seed: number): Promise<Incident> {
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-incident-'));
  const hour = FIRST_HOUR + Math.floor(hashUnit(String(seed), SALT_ONSET) * (LAST_HOUR - FIRST_HOUR + 1));
  const onset = CITY_STARTS_AT + hour * HOUR;
  const clock = simulatedClock(CITY_STARTS_AT);
  try {
    const settings = { policy: 'popular', holdbackShare: 0, explorationShare: FIRST_EXPLORATION } as const;
    await using runtime = await openRuntime({
      dataDir: join(folder, 'world'),
      now: clock.now,
      settings,
      logLevel: 'SILENT',
    });
    const universe = createUniverse({ seed, agents: AGENTS, titles: TITLES, startAt: CITY_STARTS_AT });
    const sent = { damaged: 0, all: 0 };
    const arriving: typeof universe.arriving = (hour, events) => {
      const before = universe.arriving(hour, events);
      return {
        ...before,
        events: before.events.map((each) => {
          const event = each as ClientEvent;
          if (event.type === 'title' || event.sentAt < onset) return each;
          sent.all++;
          if (hashUnit(event.userId, SALT_USER) >= ROLLED_OUT || !('titleId' in event)) return each;
          sent.damaged++;
          return renamed(event);
        }),
      };
    };
    await simulateHours(
      {
        universe: { ...universe, arriving },
        api: runtime.api,
        respond: serviceSlate(runtime.api),
        duringOutage: EMPTY_SLATE,
        setClock: clock.set,
        checkpoint: () => {},
        settle: () => runtime.settle(['update-online'], clock.now()),
        mayReject: () => true,
      },
      0,
      HOURS,
    );
    const record = await recordOf(runtime);
    return { id: `INC-${seed}`, record, secret: { ...SECRET, onset, share: sent.damaged / sent.all } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function recordOf(runtime: Runtime): Promise<IncidentRecord> {
  const starts = Array.from({ length: (HOURS * HOUR) / STEP_MS }, (_, i) => CITY_STARTS_AT + i * STEP_MS);
  const { reader } = runtime.metrics;
  const series: Record<string, number[]> = {};
  for (const [operation, metric] of METRICS) {
    series[`${operation}/${metric}`] = await Promise.all(
      starts.map((from) => reader.sum(metric, operation, from, from + STEP_MS)),
    );
  }
  for await (const { value } of recordsOf(runtime.ports.eventLog, EVENTS_DLQ)) {
    const { code, receivedAt } = JSON.parse(value) as { readonly code: string; readonly receivedAt: number };
    const name = `rejected/${code}`;
    const counts = series[name] ?? starts.map(() => 0);
    series[name] = counts;
    const step = Math.floor((receivedAt - CITY_STARTS_AT) / STEP_MS);
    counts[step] = (counts[step] ?? 0) + 1;
  }
  return { startAt: CITY_STARTS_AT, stepMs: STEP_MS, series, alertedAt: await alertTime(runtime), ...CHOICES };
}

/** Returns the first minute at which the share of rejected events burns the error budget. */
async function alertTime({ metrics: { reader } }: Runtime): Promise<number> {
  for (let at = CITY_STARTS_AT + HOUR; at <= CITY_STARTS_AT + HOURS * HOUR; at += HOUR) {
    const counts = new Map<number, { readonly requests: number; readonly bad: number }>();
    const countOf = (length: number) => counts.get(length) ?? { requests: 0, bad: 0 };
    for (const length of LENGTHS) {
      const sum = (metric: string) => reader.sum(metric, 'collect', at - length, at);
      const [accepted, bad] = [await sum('Accepted'), await sum('Rejected')];
      counts.set(length, { requests: accepted + bad, bad });
    }
    if (burnRate(OBJECTIVE, countOf)) return at;
  }
  throw new Error('the alert never fired');
}

const CHOICES = {
  affected: 'events',
  causes: {
    'schema-change': 'a release of the client sends events in another form',
    'clock-skew': 'the clocks of some devices are wrong',
    'duplicate-storm': 'clients send the same events again and again',
    'bot-farm': 'programs play every title of a slate',
    'rejected-events': 'the service rejects many events',
    'fewer-plays': 'people play fewer titles',
  },
  actions: {
    'roll-back-client': 'take the last release of the client back',
    'restart-collect': 'restart the function that collects events',
    'silence-alert': 'silence the alert until the morning',
    'retrain-model': 'train the model again',
  },
} as const;

const SECRET = {
  cause: 'schema-change',
  symptoms: ['rejected-events', 'fewer-plays'],
  decisive: ['rejected/missing_field'],
  remedies: ['roll-back-client'],
  wrongActions: {
    'restart-collect': 'The function does what it should, and after a restart it rejects the same events.',
    'silence-alert': 'The alert is right, and events are lost until the release is taken back.',
    'retrain-model': 'A model that is trained now learns from the events that arrived only.',
  },
} as const;
