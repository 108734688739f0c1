import { SECOND } from '#domain/core/time.ts';
import type { CallEnd, ContainedFunction } from './function-in-own-process-types.ts';

/** Number of ended processes after which the reference takes over. */
export const MAX_ENDED_PROCESSES = 3;
/** Number of failed calls in a row after which the reference takes over. */
export const MAX_FAILED_IN_A_ROW = 500;
/** Milliseconds for a batch, repeats in new processes included. The function `collect` has 10 s. */
const BATCH_MS = 5 * SECOND;
/** Milliseconds in which a batch may end after the function was replaced. */
const RETIRE_MS = 500;
const REPORT_EVERY_MS = SECOND;

/** Counts of one learner's function since it was put in use. */
export interface FunctionStatus {
  /** Name of the seam. */
  readonly name: string;
  /** `reference`: the function failed too often, and the reference implementation runs instead. */
  readonly runs: 'learner' | 'reference';
  readonly calls: number;
  readonly failedCalls: number;
  /** Number of valid rejections. @default - the function does not reject anything */
  readonly rejected?: number;
  readonly endedProcesses: number;
  /** The last failure, as a clause. @default - nothing has failed */
  readonly lastFailure?: string;
  /** The newest alerts of alert rules. @default - the seam has no alerts */
  readonly alerts?: Alerts;
}

/** A time during which an alert fired, in UTC epoch milliseconds by the city's clock. */
export interface AlertPeriod {
  /** Name and labels. */
  readonly alert: string;
  readonly from: number;
  /** @default - it fires now */
  readonly until?: number;
}

export interface Alerts {
  readonly yours: readonly AlertPeriod[];
  /** SLOs that burn according to the SLO watch. */
  readonly sloWatch: readonly string[];
}

/** The result of one call. `undefined`: the caller must call the reference instead. */
export type Supervised<T> = { readonly value: T } | { readonly failure: string } | undefined;

export interface SupervisedFunction<T> extends Disposable {
  /** Whether the learner's function still runs. */
  readonly isInUse: () => boolean;
  readonly status: () => FunctionStatus;
  /** Returns one result per list of arguments. Never rejects. */
  call(batch: readonly (readonly unknown[])[]): Promise<readonly Supervised<T>[]>;
}

export interface Supervision<T> {
  readonly name: string;
  readonly contained: ContainedFunction;
  /** Checks the result of a call with these arguments. @returns the value, or why it is invalid, as a clause */
  readonly parse: (value: unknown, args: readonly unknown[]) => { readonly value: T } | { readonly failure: string };
  /** Called when something has changed, at most once a second, and always at the first failure and at the takeover. */
  readonly onStatus: (status: FunctionStatus) => void;
}

/**
 * Calls a learner's function and counts its failures. After 3 ended processes, or 500 failed calls in a row, the
 * reference takes over. It also takes over the unfinished calls of a batch after 5 s, and soon after the function was
 * replaced.
 */
export function superviseFunction<T>({ name, contained, parse, onStatus }: Supervision<T>): SupervisedFunction<T> {
  const count = failureCounter(name, onStatus);
  let isRetired = false;
  const isInUse = () => !isRetired && !count.isOver();
  const run = batchRunner({ contained, parse, count, isInUse });
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    isInUse,
    status: count.status,
    call: (batch) => {
      waiting++;
      const until = performance.now() + BATCH_MS;
      const result = last.then(() => run(batch, until)).finally(() => void waiting--);
      last = result;
      return result;
    },
    [Symbol.dispose]: () => {
      isRetired = true;
      const stop = () => contained[Symbol.dispose]();
      if (waiting === 0) stop();
      else void Promise.race([last, sleep(RETIRE_MS)]).then(stop);
    },
  };
}

interface BatchContext<T> extends Pick<Supervision<T>, 'contained' | 'parse'> {
  readonly count: ReturnType<typeof failureCounter>;
  readonly isInUse: () => boolean;
}

/** Runs one batch. If a process ends, a new one runs the calls that have no outcome. */
function batchRunner<T>({ contained, parse, count, isInUse }: BatchContext<T>) {
  const judged = (end: CallEnd, args: readonly unknown[]): Supervised<T> => {
    if (end.kind === 'unfinished') return undefined;
    const result = end.kind === 'failed' ? { failure: end.reason } : parse(end.value, args);
    count.call('failure' in result ? result.failure : undefined);
    return result;
  };
  return async (batch: readonly (readonly unknown[])[], until: number): Promise<Supervised<T>[]> => {
    const results: Supervised<T>[] = batch.map(() => undefined);
    const left = () => until - performance.now();
    let open = [...batch.keys()];
    let singly = false;
    while (open.length > 0 && left() > 0 && isInUse()) {
      const calls = open.map((index) => batch[index] ?? []);
      const { calls: ends, ended } = await contained.call(calls, { milliseconds: left(), singly });
      for (const [i, end] of ends.entries()) results[open[i] as number] = judged(end, calls[i] ?? []);
      singly ||= ends.some((end) => end.kind === 'unfinished' && end.isSuspect);
      open = open.filter((_, i) => ends[i]?.kind === 'unfinished');
      if (ended !== undefined && isInUse()) count.endedProcess(ended);
    }
    count.report();
    return results;
  };
}

const sleep = (milliseconds: number) => new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());

function failureCounter(name: string, onStatus: (status: FunctionStatus) => void) {
  let status: FunctionStatus = { name, runs: 'learner', calls: 0, failedCalls: 0, endedProcesses: 0 };
  let inARow = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  let reported = status;
  let later: NodeJS.Timeout | undefined;
  /** Reports changes of the counts: immediately if it is the first failure or the takeover, otherwise once a second. */
  const report = (): void => {
    if (status === reported) return;
    const isNews = status.runs !== reported.runs || (status.lastFailure !== undefined && !reported.lastFailure);
    const waitMs = REPORT_EVERY_MS - (performance.now() - reportedAt);
    if (!isNews && waitMs > 0) {
      if (later === undefined) later = setTimeout(reportLater, waitMs).unref();
      return;
    }
    reportedAt = performance.now();
    reported = status;
    onStatus(status);
  };
  const reportLater = (): void => {
    later = undefined;
    report();
  };
  const change = (changed: Partial<FunctionStatus>): void => {
    status = { ...status, ...changed };
    const isOver = status.endedProcesses >= MAX_ENDED_PROCESSES || inARow >= MAX_FAILED_IN_A_ROW;
    if (isOver) status = { ...status, runs: 'reference' };
    report();
  };
  return {
    report,
    status: () => status,
    isOver: () => status.runs === 'reference',
    call: (failure: string | undefined): void => {
      inARow = failure === undefined ? 0 : inARow + 1;
      const calls = status.calls + 1;
      if (failure === undefined) status = { ...status, calls };
      else change({ calls, failedCalls: status.failedCalls + 1, lastFailure: failure });
    },
    endedProcess: (why: string): void => change({ endedProcesses: status.endedProcesses + 1, lastFailure: why }),
  };
}
