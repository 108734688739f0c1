/**
 * Runs a learner's function and tells what it answered, without judging it. bin/story/sandbox/run-trial.ts starts it
 * under Node's permission model.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type { Outcome } from '../../../stories/checkpoint.ts';
import { intrinsicsWatch } from './builtins-guard.ts';
import { confine, ImportRefused } from './import-guard.ts';
import { hotLine } from './sampling-profiler.ts';
import { RESULTS_FD, type TrialFailure, type TrialLine, type TrialRequest } from './trial-protocol.ts';

type Called = (...args: unknown[]) => unknown;

const STDIN = 0;
const MAX_ANSWER = 100_000;
const MAX_TEXT = 2_000;

const { parse, stringify } = JSON;
const toText = String;
const toBytes = Buffer.from;
const { exit } = process;
const { file, name, calls, readable, timeLimits } = parse(readFileSync(STDIN, 'utf8')) as TrialRequest;
const load = createRequire(file);
const url = pathToFileURL(file).href;

const tell = (line: TrialLine): void => {
  const bytes = toBytes(`${stringify(line)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(RESULTS_FD, bytes, written);
};
const end = (failure?: TrialFailure): never => {
  if (failure) tell({ failure });
  exit.call(undefined, 0);
  throw new Error('unreachable');
};

/** What `within` runs. A script is the one thing that V8 stops in the middle of a loop. */
let work: () => unknown = () => undefined;
Object.defineProperty(globalThis, '__work', { value: () => work() });
const script = new Script('__work()');
function within<T>(milliseconds: number, task: () => T): T {
  work = task;
  return script.runInThisContext({ timeout: milliseconds }) as T;
}

const isTimeOut = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

function loadLearners(): Called {
  let exported: Record<string, unknown>;
  try {
    // require, not import: it is synchronous, so a loop at the top of the file can be stopped too.
    exported = within(timeLimits.load, () => load(file));
  } catch (error) {
    if (isTimeOut(error)) return end({ kind: 'hang', milliseconds: timeLimits.load, line: sampling.stop() });
    if (error instanceof ImportRefused) return end({ kind: 'import', specifier: error.specifier });
    const { code, message, stack } = textsOf(error);
    return end({ kind: 'load', code, message, stack });
  }
  const found = exported[name];
  if (typeof found === 'function') return found as Called;
  if (name in exported) return end({ kind: 'not-a-function', type: found === null ? 'null' : typeof found });
  return end({ kind: 'missing-export', exported: Object.keys(exported) });
}

/** Parts of what was thrown: anything can be, even something that throws when it is looked at. */
function textsOf(error: unknown): { code?: string; message: string; stack: string } {
  try {
    const { code, message, stack, name: type } = (error ?? {}) as NodeJS.ErrnoException;
    const said = message === undefined ? toText(error) : `${type ?? 'Error'}: ${message}`;
    const text = (value: unknown) => toText(value ?? '').slice(0, MAX_TEXT);
    return { code: code === undefined ? undefined : text(code), message: text(said), stack: text(stack) };
  } catch {
    return { message: 'something that cannot be shown', stack: '' };
  }
}

/** One call. The answer becomes text inside the time limit: getters and toJSON are the learner's code too. */
function outcomeOf(learners: Called, args: readonly unknown[]): Outcome {
  const before = stringify(args);
  const given = parse(before) as unknown[];
  try {
    return within(timeLimits.call, () => described(learners(...given), () => stringify(given) !== before));
  } catch (error) {
    if (isTimeOut(error)) return end({ kind: 'hang', milliseconds: timeLimits.call, line: sampling.stop() });
    const { message, stack } = textsOf(error);
    return { kind: 'threw', message, stack };
  }
}

function described(value: unknown, inputChanged: () => boolean): Outcome {
  if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') return { kind: 'promise' };
  if (typeof value !== 'object' || value === null) return { kind: 'odd', described: toText(value).slice(0, MAX_TEXT) };
  const text = stringify(value);
  if (text === undefined) return { kind: 'odd', described: 'an object that JSON leaves out' };
  if (text.length > MAX_ANSWER) return { kind: 'odd', described: `an answer of ${text.length} characters` };
  return { kind: 'value', value: parse(text), inputChanged: inputChanged() };
}

const sampling = hotLine(url);
const changedIntrinsic = intrinsicsWatch();
confine(readable);
const learners = loadLearners();
for (let i = 0; i < calls.length; i++) {
  const changed = changedIntrinsic();
  if (changed) end({ kind: 'pollution', ...changed });
  tell({ began: i });
  tell({ outcome: outcomeOf(learners, calls[i] ?? []) });
}
const changed = changedIntrinsic();
end(changed && { kind: 'pollution', ...changed });
