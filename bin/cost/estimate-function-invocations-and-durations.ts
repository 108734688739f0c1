import { type Trigger, type TriggerName, triggers } from '../../functions/triggers.ts';
import { count } from '../console/format-values-and-tables.ts';

import { SECONDS, type Traffic } from './traffic-assumptions.ts';

const MINUTES = SECONDS / 60;
/** Agents per shard of the universe. */
const SHARD = 1_000;
const DAYS_OF_HISTORY = 30;
/** Functions that run only if a user starts them. */
const BY_HAND: readonly string[] = ['generate-shard', 'plan-runs'];

/**
 * Seconds of one invocation: a base, and an addition per million events of the last 30 days for functions that read
 * them. The values are estimates from the embedded runtime; they have not been measured on AWS.
 */
export const INVOCATION_SECONDS: Readonly<Record<string, readonly [base: number, perMillion: number]>> = {
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

/**
 * Returns the name of the function with this logical id (lib/constructs/compute/brick-function.ts), or undefined if no
 * function of functions/triggers.ts has it.
 */
export function triggerOf(logicalId: string): TriggerName | undefined {
  const name = logicalId
    .replace(/[0-9A-F]{8}$/, '')
    .replaceAll(/(?<!^)[A-Z]/g, '-$&')
    .toLowerCase();
  return name in triggers ? (name as TriggerName) : undefined;
}

export interface Invocations {
  /** Number of invocations in a month. */
  readonly times: number;
  /** Seconds of each invocation. */
  readonly seconds: number;
  readonly driver: string;
}

/** Estimates how often a function runs in a month, and for how long. */
export function invocationsOf(name: TriggerName, traffic: Traffic): Invocations {
  const [base, perMillion] = INVOCATION_SECONDS[name] ?? [1, 0];
  const history = (traffic.events * DAYS_OF_HISTORY * 24 * 3_600) / SECONDS / 1e6;
  const seconds = base + perMillion * history;
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
      if (BY_HAND.includes(name)) return { times: 0, driver: 'started by hand only' };
      return name === 'live-shard' ? shards(traffic) : { times: traffic.runs, driver: 'one pipeline run a day' };
    default:
      // The authorizer, which is in the stack of each API.
      return { times: traffic.slates, driver: `${count(traffic.slates)} requests` };
  }
}

/** Estimates the number of batches: one per request, unless a batching window or the batch size combines several. */
function deliveries(on: Extract<Trigger['on'], { kind: 'topic' }>, { batches, events }: Traffic): number {
  const windows = on.batchingWindowSeconds ? SECONDS / on.batchingWindowSeconds : SECONDS;
  return Math.max(Math.min(batches, windows), events / on.batchSize);
}

function shards({ people, cityHours }: Traffic): Omit<Invocations, 'seconds'> {
  const each = Math.ceil(people / SHARD);
  return { times: cityHours * each, driver: `${cityHours} simulated hours × ${each} shards` };
}
