import { createInterface } from 'node:readline';
import type { Confined, Ending } from '../../confinement/confined-program-types.ts';
import { appendPrinted } from '../../confinement/function/values/append-printed-up-to-limit.ts';
import type { ChangingFunction, QueryMessage, QueryReported, Rejection } from './message-types.ts';
import { readMessage } from './read-message.ts';

/** Why a run ended before the query had an outcome for each setup. */
export type QueryEnding =
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'hang'; readonly milliseconds: number; readonly cpuMs?: number }
  | { readonly kind: 'too-many-rows'; readonly limit: number }
  | { readonly kind: 'killed'; readonly why: 'time' | 'memory' | 'output' | 'ended'; readonly errors: string }
  /** DuckDB was never loaded, because the machine is too busy or the confinement is broken. */
  | { readonly kind: 'not-started'; readonly errors: string };

export interface QueryRun {
  /** One per setup for which the query returned rows or an error, in order. */
  readonly outcomes: readonly QueryReported[];
  /** Functions in the query whose value depends on the time at which the query runs. */
  readonly changing: readonly ChangingFunction[];
  /** Absent if each setup has an outcome. */
  readonly ending?: QueryEnding;
  /** Whether the run ended because it got too little processor time, which says nothing about the query. */
  readonly starved: boolean;
  /** The beginning of the standard output. A query can print, for instance with enable_profiling(). */
  readonly printed: string;
}

interface Expected {
  /** First word of each line that the harness writes. */
  readonly token: string;
  /** Number of setups. */
  readonly runs: number;
  readonly limits: TimeLimits;
  /**
   * If a run that exceeds its limits got at least this processor time, the query is at fault. In the second run, whose
   * `limits` are longer, this time is shorter than `limits`.
   */
  readonly cpuLimits: TimeLimits;
}

/** Milliseconds for one run of the query, and for all runs together. */
interface TimeLimits {
  readonly query: number;
  readonly total: number;
}

/** Milliseconds that Node and DuckDB may take to start, on a busy machine. */
export const START_MS = 15_000;
/** Milliseconds by which a report may be late. After a hang, the process is killed at once. */
const GRACE_MS = 3_000;
/** Fraction of a time limit that counts as the limit, because two clocks differ slightly. */
const NEARLY = 0.9;

/** Collects the messages of the harness, and kills its process if it does not report in time. */
export async function collectQueryRun(confined: Confined, expected: Expected): Promise<QueryRun> {
  const { token, runs, limits, cpuLimits } = expected;
  const outcomes: QueryReported[] = [];
  let totalCpuMs = 0;
  const seen = new Set<QueryMessage['kind']>();
  let changing: readonly ChangingFunction[] = [];
  let ending: QueryEnding | undefined;
  let broken: string | undefined;
  let total: NodeJS.Timeout | undefined;
  let next = setTimeout(() => confined.kill('time'), START_MS);
  const end = (reason: QueryEnding): void => {
    ending ??= reason;
    confined.kill('stopped');
  };
  const expectNext = (): void => {
    clearTimeout(next);
    next = setTimeout(() => end({ kind: 'hang', milliseconds: limits.query }), limits.query + GRACE_MS);
    total ??= setTimeout(() => confined.kill('time'), limits.total);
  };
  createInterface({ input: confined.results }).on('line', (line) => {
    const message = readMessage(line, token);
    if (!message || ending) return;
    seen.add(message.kind);
    expectNext();
    if (message.kind === 'outcome') {
      outcomes.push(message.outcome);
      totalCpuMs = message.totalCpuMs;
    }
    if (message.kind === 'accepted') changing = message.changing;
    if (message.kind === 'broken-setup') broken = message.message;
    if (message.kind === 'rejected' || message.kind === 'hang' || message.kind === 'too-many-rows') end(message);
  });
  const ended = await confined.ended;
  clearTimeout(next);
  clearTimeout(total);
  if (broken !== undefined) throw new Error(`the check's own SQL is invalid: ${broken}`);
  const isComplete = seen.has('done') && outcomes.length === runs;
  if (!seen.has('started')) ending = { kind: 'not-started', errors: confined.errors() };
  else if (!isComplete)
    ending ??= { kind: 'killed', why: reasonOf(ended, confined.errors()), errors: confined.errors() };
  const printed = appendPrinted('', confined.printed());
  return { outcomes, changing, ending, starved: isStarved(ending, cpuLimits, totalCpuMs), printed };
}

/**
 * Returns whether a run ended only because the machine was busy. A run that exceeded its time limit is the fault of the
 * query only if it got nearly as much processor time.
 */
function isStarved(ending: QueryEnding | undefined, cpuLimits: TimeLimits, totalCpuMs: number): boolean {
  if (ending?.kind === 'not-started') return true;
  if (ending?.kind === 'killed') return ending.why === 'time' && totalCpuMs < cpuLimits.total * NEARLY;
  return ending?.kind === 'hang' && ending.cpuMs !== undefined && ending.cpuMs < cpuLimits.query * NEARLY;
}

/** Exit codes of a process that the kernel killed for its processor time, as reported by a shell or bubblewrap. */
const CPU_LIMIT = [128 + 24, 128 + 9];

function reasonOf({ killedFor, exitCode }: Ending, errors: string): 'time' | 'memory' | 'output' | 'ended' {
  if (killedFor === 'time' || killedFor === 'memory' || killedFor === 'output') return killedFor;
  if (/out of memory|allocation failed|bad_alloc/i.test(errors)) return 'memory';
  return exitCode !== null && CPU_LIMIT.includes(exitCode) ? 'time' : 'ended';
}
