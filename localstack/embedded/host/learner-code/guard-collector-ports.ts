import type { CollectorEntry, CollectorPorts } from '#domain/events/all-bricks-seam-types.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { eventKey } from '#domain/events/idempotency-key.ts';
import { argumentChecks, COLLECTOR_PORTS } from './check-collector-arguments.ts';

/** The ports as a learner's code reaches them. It can only append and mark the events of its own batch. */
export interface GuardedPorts {
  /** Performs a call. @throws the port's error, or why the call is not allowed */
  readonly serve: (port: string, args: readonly unknown[]) => Promise<unknown>;
  /** Whether a port failed. A call that throws afterwards says nothing about the code. */
  readonly hasFailed: () => boolean;
  /**
   * Writes the marks of the events that are in the log.
   *
   * @returns ids of events that are neither in the log nor in the table, and then writes nothing
   */
  finish(): Promise<readonly string[]>;
}

/** Most copies of a batch that one call may append. */
const MAX_COPIES = 10;

/**
 * Serves ports for one batch. It stores no mark before the event is in the log: if the code is replaced between the two
 * writes, the mark would make the reference drop the event. Until then, the code reads its own marks.
 */
export function guardCollectorPorts(accepted: readonly ClientEvent[], given: CollectorPorts): GuardedPorts {
  const events = Map.groupBy(accepted, ({ eventId }) => eventId);
  const check = argumentChecks(events, given);
  const [appended, known] = [new Set<string>(), new Set<string>()];
  const marks = new Map<string, CollectorEntry>();
  const { ports, hasFailed } = failureWatch(given);
  const read = async (ids: readonly string[]) => {
    const rows = await ports.getMany(ids);
    for (const [i, row] of rows.entries()) if (row !== undefined) known.add(ids[i] as string);
    return rows.map((row, i) => marks.get(ids[i] as string)?.item ?? row);
  };
  const append = appender(ports.append, MAX_COPIES * accepted.length, appended);
  return {
    hasFailed,
    serve: async (port, args) => {
      if (port === COLLECTOR_PORTS.append) return await append(check.records(args));
      if (port === COLLECTOR_PORTS.getMany) return await read(check.ids(args));
      for (const { eventId, entry } of check.entries(args)) marks.set(eventId, entry);
      return undefined;
    },
    finish: async () => {
      const unseen = [...events.keys()].filter((id) => !appended.has(id) && !known.has(id));
      if (unseen.length > 0) await read(unseen);
      const lost = unseen.filter((id) => !known.has(id));
      if (lost.length === 0 && marks.size > 0) await ports.putMany([...marks.values()]);
      return lost;
    },
  };
}

type Records = ReturnType<ReturnType<typeof argumentChecks>['records']>;

/** @param most number of records, after which appending fails */
function appender(
  append: CollectorPorts['eventLog']['append'],
  most: number,
  appended: Set<string>,
): (records: Records) => Promise<readonly object[]> {
  let room = most;
  return async (records) => {
    room -= records.length;
    if (room < 0)
      throw new Error(`${COLLECTOR_PORTS.append} was called for more than ${MAX_COPIES} copies of the batch`);
    const positions = await append(
      EVENTS,
      records.map(({ record }) => record),
    );
    for (const { eventId } of records) appended.add(eventId);
    return positions;
  };
}

/** Notices that a port fails. */
function failureWatch({ eventLog, idempotency }: CollectorPorts) {
  let hasFailed = false;
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  return {
    hasFailed: () => hasFailed,
    ports: {
      append: (...args: Parameters<typeof eventLog.append>) => watched(eventLog.append(...args)),
      getMany: (ids: readonly string[]) => watched(idempotency.getMany(ids.map(eventKey))),
      putMany: (entries: readonly CollectorEntry[]) => watched(idempotency.putMany(entries)),
    },
  };
}
