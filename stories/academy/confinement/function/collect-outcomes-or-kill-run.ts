import { createInterface } from 'node:readline';
import type { Confined, KillReason } from '../confined-program-types.ts';
import type { Failure, Reported, Response } from './message-types.ts';
import type { FunctionRun, Outcome, RunEnding } from './outcomes.ts';
import { readResponse } from './read-responses.ts';
import type { SourceLines } from './translate-stack-traces.ts';
import { appendPrinted } from './values/append-printed-up-to-limit.ts';
import { decode } from './values/decode.ts';
import { builtinsOf, type Wire } from './values/wire-type-and-realm-builtins.ts';

export interface Expected extends SourceLines {
  /** First word of each line that the harness writes. */
  readonly token: string;
  /** Number of requested calls. */
  readonly calls: number;
  /** Limits in milliseconds: to load the file, per call, and in total. */
  readonly limits: { readonly load: number; readonly call: number; readonly total: number };
}

/** Milliseconds that Node may take to start, on a busy machine. */
export const START_MS = 10_000;
/** Milliseconds that the process may take to report code that ran too long. */
const GRACE_MS = 8_000;

const builtins = builtinsOf(globalThis);

/** Collects the responses of a harness, and kills its process if it does not respond in time. */
export async function collectRun(
  confined: Confined,
  { token, calls, limits, inSources }: Expected,
): Promise<FunctionRun> {
  const outcomes: Outcome[] = [];
  const seen = new Set<Response['kind']>();
  let ending: RunEnding | undefined;
  let printed = '';
  let total: NodeJS.Timeout | undefined;
  let next = setTimeout(() => confined.kill('time'), START_MS);
  const expectNext = (milliseconds: number): void => {
    clearTimeout(next);
    next = setTimeout(() => {
      ending ??= { kind: 'hang', milliseconds };
      confined.kill('time');
    }, milliseconds + GRACE_MS);
  };
  const accept = (response: Response): void => {
    seen.add(response.kind);
    expectNext(response.kind === 'started' ? limits.load : limits.call);
    if (response.kind === 'started') total ??= setTimeout(() => confined.kill('time'), limits.total);
    if ('printed' in response) printed = appendPrinted(printed, inSources(response.printed));
    if (response.kind === 'failure') ending ??= failureOf(response.failure, inSources);
    if (response.kind === 'outcome') outcomes.push(outcomeOf(response.outcome, inSources));
  };
  createInterface({ input: confined.results }).on('line', (line) => {
    const response = readResponse(line, token);
    if (response) accept(response);
  });
  const { killedFor, exitCode } = await confined.ended;
  clearTimeout(next);
  clearTimeout(total);
  if (!seen.has('started')) ending = { kind: 'not-started', errors: confined.errors() };
  else if (!seen.has('done') || outcomes.length !== calls) {
    ending ??= { kind: 'killed', why: reasonOf(killedFor, exitCode, confined.errors()) };
  }
  return { outcomes, ending, lastCall: seen.has('loaded') ? Math.min(outcomes.length, calls - 1) : undefined, printed };
}

/** Exit codes of a process that the kernel killed for its processor time, as reported by a shell or bubblewrap. */
const CPU_LIMIT = [128 + 24, 128 + 9];

/** Returns why a process ended without a last response. V8 reports on standard error that its memory is full. */
function reasonOf(killedFor: KillReason | undefined, exitCode: number | null, errors: string) {
  if (killedFor === 'time' || killedFor === 'memory' || killedFor === 'output') return killedFor;
  if (/out of memory|allocation failed/i.test(errors)) return 'memory';
  return exitCode !== null && CPU_LIMIT.includes(exitCode) ? 'time' : 'ended';
}

function failureOf(failure: Failure, inSources: SourceLines['inSources']): Failure {
  return 'stack' in failure && failure.stack ? { ...failure, stack: inSources(failure.stack) } : failure;
}

/** Decodes an outcome. A value that does not follow the protocol becomes an outcome without a value. */
function outcomeOf(reported: Reported<Wire>, inSources: SourceLines['inSources']): Outcome {
  if (reported.kind === 'threw') return { ...reported, stack: inSources(reported.stack) };
  if (reported.kind !== 'value') return reported;
  try {
    const helperCalls = reported.helperCalls.map((each) => ({
      helper: each.helper,
      args: each.args.map((arg) => decode(arg, builtins)),
    }));
    const { read } = reported;
    const value = decode(reported.value, builtins);
    return { ...reported, value, helperCalls, read: read && { ...read, stack: inSources(read.stack) } };
  } catch {
    return { kind: 'unusable', described: 'a result that does not follow the protocol' };
  }
}
