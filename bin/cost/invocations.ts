import { type Trigger, type TriggerName, triggers } from '../../functions/triggers.ts';
import { count } from './price-figure.ts';
import { SECONDS, type Traffic } from './traffic.ts';

const MINUTES = SECONDS / 60;
/** Agents of one shard of the universe. */
const SHARD = 1_000;
const DAYS_OF_HISTORY = 30;
/** Days without a service, and days again. */
const BY_HAND: readonly string[] = ['generate-shard', 'plan-runs'];

/**
 * Seconds that one invocation takes: at least, and more for each million events of the last 30 days where it reads them.
 * Estimates: from what the embedded runtime takes where it was measured, on AWS not yet.
 */
export const TAKES: Readonly<Record<string, readonly [atLeast: number, perMillion: number]>> = {
  authorize: [0.005, 0],
  'live-shard': [120, 0],
  'generate-shard': [120, 0],
  collect: [0.02, 0],
  archive: [1, 0],
  'await-archive': [1, 0],
  compact: [10, 1],
  'update-online': [0.2, 0],
  'build-features': [20, 3],
  'refresh-online': [10, 3],
  'check-parity': [5, 1],
  evaluate: [10, 0],
  recommend: [0.02, 0],
  'watch-slo': [1, 0],
  gate: [1, 0],
  'plan-runs': [1, 0],
  promote: [1, 0],
  'watch-canary': [3, 1],
};

/** The trigger whose function a logical id names, as lib/constructs/compute/brick-function.ts makes it; or none. */
export function triggerOf(logicalId: string): TriggerName | undefined {
  const name = logicalId
    .replace(/[0-9A-F]{8}$/, '')
    .replaceAll(/(?<!^)[A-Z]/g, '-$&')
    .toLowerCase();
  return name in triggers ? (name as TriggerName) : undefined;
}

export interface Invocations {
  readonly times: number;
  /** Of each. */
  readonly seconds: number;
  readonly driver: string;
}

/** How often a function runs in a month, and how long each time. */
export function invocationsOf(name: TriggerName, traffic: Traffic): Invocations {
  const [atLeast, perMillion] = TAKES[name] ?? [1, 0];
  const history = (traffic.events * DAYS_OF_HISTORY * 24 * 3_600) / SECONDS / 1e6;
  const seconds = atLeast + perMillion * history;
  return { ...timesOf(name, triggers[name], traffic), seconds };
}

function timesOf(name: TriggerName, { on }: Trigger, traffic: Traffic): Omit<Invocations, 'seconds'> {
  switch (on.kind) {
    case 'route': {
      const times = on.method === 'POST' ? traffic.batches : traffic.slates;
      return { times, driver: `${count(times)} requests` };
    }
    case 'schedule':
      return { times: MINUTES / on.everyMinutes, driver: `every ${on.everyMinutes} min` };
    case 'topic': {
      const times = on.topics.length * deliveries(on, traffic);
      return { times, driver: `${count(times)} batches of records` };
    }
    case 'state':
      if (BY_HAND.includes(name)) return { times: 0, driver: 'only by hand' };
      return name === 'live-shard' ? shards(traffic) : { times: traffic.runs, driver: 'one pipeline run a day' };
    default:
      // Who is asked before a request is let in stands in the stack of each API.
      return { times: traffic.slates, driver: `${count(traffic.slates)} requests` };
  }
}

/** A request's records are one batch, until a window or a full batch joins several. */
function deliveries(on: Extract<Trigger['on'], { kind: 'topic' }>, { batches, events }: Traffic): number {
  const windows = on.batchingWindowSeconds ? SECONDS / on.batchingWindowSeconds : SECONDS;
  return Math.max(Math.min(batches, windows), events / on.batchSize);
}

function shards({ people, cityHours }: Traffic): Omit<Invocations, 'seconds'> {
  const each = Math.ceil(people / SHARD);
  return { times: cityHours * each, driver: `${cityHours} simulated hours × ${each} shards` };
}
