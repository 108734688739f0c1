import { setTimeout } from 'node:timers/promises';
import type { MSKEvent } from 'aws-lambda';
import type { Now } from '#domain/core/time.ts';
import type { EventLog, LogRecord, Position } from '#ports/event-log.ts';
import { type On, type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import { pauseBeforeRetry } from '../process/pause-before-retry.ts';
import type { InvokeFunction } from './api-gateway.ts';

type TopicTrigger = Extract<On, { kind: 'topic' }>;
interface Source {
  readonly name: TriggerName;
  readonly on: TopicTrigger;
}

const sources: readonly Source[] = (Object.entries(triggers) as [TriggerName, Trigger][]).flatMap(([name, { on }]) =>
  on.kind === 'topic' ? [{ name, on }] : [],
);

/** A consumer whose batch failed, and which waits before it retries the batch. */
export interface WaitingConsumer {
  readonly name: TriggerName;
  readonly topic: string;
  readonly partition: number;
  /** Offset of the first record that has not been handled. */
  readonly offset: number;
  /** Number of attempts that have failed in succession. */
  readonly attempts: number;
  /** Wall-clock times of the first failure, the last failure and the next attempt, UTC epoch milliseconds. */
  readonly since: number;
  readonly failedAt: number;
  readonly retryAt: number;
  /** Why the last attempt failed. */
  readonly error: string;
}

export interface EventSourcePorts {
  readonly eventLog: EventLog;
  readonly invoke: InvokeFunction;
  /** Receives each failed attempt. */
  readonly onWaiting?: (consumer: WaitingConsumer) => void;
  /** Receives a consumer whose batch has been handled after it had failed. */
  readonly onResumed?: (consumer: WaitingConsumer) => void;
  /** Returns a number in [0, 1), which spreads retries. @default Math.random */
  readonly random?: () => number;
  /** Wall-clock time. @default Date.now */
  readonly now?: Now;
}

/** Which records are delivered. */
export interface DeliveryLimits {
  /** Functions that receive records. @default - all */
  readonly only?: readonly TriggerName[];
  /** Latest ingest time to deliver, UTC epoch milliseconds. @default - no limit */
  readonly until?: number;
  /** Stops waiting for a consumer that fails. */
  readonly signal?: AbortSignal;
}

/**
 * Emulates MSK's event source mapping in this process: batches per partition, offsets committed after the handler returned,
 * and retries without a limit. A batch fails as a whole, and its partition waits, with growing pauses, as long as the topic
 * has its records: the handler itself separates poison, so every error is a fault of the environment. Delivery is at least
 * once.
 */
export function eventSource(ports: EventSourcePorts) {
  const waiting = new Map<string, WaitingConsumer>();
  const last = new Map<TriggerName, Promise<void>>();
  const pass = async (source: Source, until: number) => {
    for (const topic of source.on.topics) await deliverTopic({ ...ports, waiting, source, topic }, until);
  };
  /** Passes of one function run one after another, so that no consumer group reads concurrently with itself. */
  const inTurn = (source: Source, until: number): Promise<void> => {
    const mine = (last.get(source.name) ?? Promise.resolve()).then(() => pass(source, until));
    last.set(
      source.name,
      mine.catch(() => {}),
    );
    return mine;
  };
  /** Delivers to each consumer, in a fixed order, until it lags no more or its batch fails. */
  const deliver = async ({ only, until = Number.POSITIVE_INFINITY }: DeliveryLimits = {}) => {
    for (const source of sources) if (only?.includes(source.name) ?? true) await inTurn(source, until);
  };
  const waitingOf = ({ only }: DeliveryLimits) =>
    [...waiting.values()].filter(({ name }) => only?.includes(name) ?? true);
  return {
    deliver,
    /** Delivers until no consumer lags, however long a failing consumer must be waited for. */
    async drain(limits: DeliveryLimits = {}): Promise<void> {
      for (;;) {
        await deliver(limits);
        const failing = waitingOf(limits);
        if (failing.length === 0) return;
        const next = Math.min(...failing.map(({ retryAt }) => retryAt));
        await setTimeout(Math.max(0, next - (ports.now ?? Date.now)()), undefined, { signal: limits.signal });
      }
    },
    /** Returns the consumers that wait before a retry. */
    waiting: (): readonly WaitingConsumer[] => [...waiting.values()],
  };
}

interface Delivery extends EventSourcePorts {
  readonly waiting: Map<string, WaitingConsumer>;
  readonly source: Source;
  readonly topic: string;
}

async function deliverTopic(delivery: Delivery, until: number): Promise<void> {
  const { eventLog, source, topic, waiting, now = Date.now } = delivery;
  const committed = await eventLog.committed(source.on.group, topic);
  for (const { partition, first, next } of await eventLog.partitions(topic)) {
    const id = `${source.name}/${topic}/${partition}`;
    if ((waiting.get(id)?.retryAt ?? 0) > now()) continue;
    // Consumers skip records that retention has deleted.
    const start = Math.max(committed.get(partition) ?? first, first);
    if (start === next) waiting.delete(id);
    for (let offset = start; offset < next; ) {
      const records = takenInBy(until, await eventLog.read(topic, { partition, offset }, source.on.batchSize));
      // Stops if the log returns no record or the next one is later than `until`; the next call retries.
      if (records.length === 0) break;
      offset = (records[records.length - 1]?.offset ?? 0) + 1;
      const failure = await attempt(delivery, records, { partition, offset });
      if (failure) {
        wait(delivery, id, { partition, offset: records[0]?.offset ?? 0 }, failure.error);
        break;
      }
      resume(delivery, id);
    }
  }
}

/** Returns the records before the first one that was ingested after `until`. */
function takenInBy(until: number, records: readonly LogRecord[]): readonly LogRecord[] {
  const later = records.findIndex(({ timestamp }) => timestamp > until);
  return later === -1 ? records : records.slice(0, later);
}

/** Invokes the handler once, and commits the offset. @returns the error, if one of them fails */
async function attempt(
  { eventLog, invoke, source, topic }: Delivery,
  records: readonly LogRecord[],
  next: Position,
): Promise<{ error: unknown } | undefined> {
  try {
    await invoke(source.name, mskEvent(topic, records));
    await eventLog.commit(source.on.group, topic, next);
    return undefined;
  } catch (error) {
    return { error };
  }
}

function wait(
  { waiting, source, topic, random = Math.random, now = Date.now, onWaiting }: Delivery,
  id: string,
  at: Position,
  error: unknown,
) {
  const before = waiting.get(id);
  const attempts = (before?.attempts ?? 0) + 1;
  const failedAt = now();
  const consumer: WaitingConsumer = {
    name: source.name,
    topic,
    ...at,
    attempts,
    since: before?.since ?? failedAt,
    failedAt,
    retryAt: failedAt + pauseBeforeRetry(attempts, random()),
    error: error instanceof Error ? error.message : String(error),
  };
  waiting.set(id, consumer);
  onWaiting?.(consumer);
}

function resume({ waiting, onResumed }: Delivery, id: string) {
  const consumer = waiting.get(id);
  if (!consumer) return;
  waiting.delete(id);
  onResumed?.(consumer);
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

/** Returns records of one partition in MSK's format: key and value in base64, headers as arrays of bytes. */
export function mskEvent(topic: string, records: readonly LogRecord[]): MSKEvent {
  const partition = records[0]?.partition ?? 0;
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:local:000000000000:cluster/embedded/0',
    bootstrapServers: 'embedded',
    records: {
      [`${topic}-${partition}`]: records.map((record) => ({
        topic,
        partition,
        offset: record.offset,
        timestamp: record.timestamp,
        timestampType: 'CREATE_TIME',
        key: base64(record.key),
        value: base64(record.value),
        headers: Object.entries(record.headers).map(([name, value]) => ({ [name]: [...Buffer.from(value, 'utf8')] })),
      })),
    },
  };
}
