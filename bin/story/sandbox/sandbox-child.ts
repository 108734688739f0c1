/**
 * Calls a learner's function and reports the outcomes without evaluating them. bin/story/sandbox/run-trial.ts starts
 * this program under Node's permission model.
 */
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type { Outcome } from '../../../stories/checkpoint.ts';
import { confine, ImportRejected } from './block-imports-and-network.ts';
import { watchBuiltins } from './builtins-guard.ts';
import { startProfiler } from './sampling-profiler.ts';
import { RESULTS_FD, type TrialFailure, type TrialLine, type TrialRequest } from './trial-protocol.ts';

type LearnerFunction = (...args: unknown[]) => unknown;

const STDIN = 0;
/** Longest result as JSON, in characters. */
const MAX_RESULT = 100_000;
/** Longest message or stack trace, in characters. */
const MAX_TEXT = 2_000;

const { parse, stringify } = JSON;
const toText = String;
const toBytes = Buffer.from;
const { exit } = process;
const { file, name, calls, readable, timeLimits } = parse(readFileSync(STDIN, 'utf8')) as TrialRequest;
const load = createRequire(file);
const url = pathToFileURL(file).href;

const report = (line: TrialLine): void => {
  const bytes = toBytes(`${stringify(line)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(RESULTS_FD, bytes, written);
};
const end = (failure?: TrialFailure): never => {
  if (failure) report({ failure });
  exit.call(undefined, 0);
  throw new Error('unreachable');
};

/** Task that the script `__work()` runs for `withTimeout`: V8 can stop a loop only in a script, not in a module. */
let work: () => unknown = () => undefined;
Object.defineProperty(globalThis, '__work', { value: () => work() });
const script = new Script('__work()');
function withTimeout<T>(milliseconds: number, task: () => T): T {
  work = task;
  return script.runInThisContext({ timeout: milliseconds }) as T;
}

const isTimeOut = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';

function loadFunction(): LearnerFunction {
  let exported: Record<string, unknown>;
  try {
    // `require` is synchronous, unlike `import`: a loop at the top level of the file can be stopped too.
    exported = withTimeout(timeLimits.load, () => load(file));
  } catch (error) {
    if (isTimeOut(error)) return end({ kind: 'hang', milliseconds: timeLimits.load, line: profiler.hottestLine() });
    if (error instanceof ImportRejected) return end({ kind: 'import', specifier: error.specifier });
    const { code, message, stack } = textsOf(error);
    return end({ kind: 'load', code, message, stack });
  }
  const found = exported[name];
  if (typeof found === 'function') return found as LearnerFunction;
  if (name in exported) return end({ kind: 'not-a-function', type: found === null ? 'null' : typeof found });
  return end({ kind: 'missing-export', exported: Object.keys(exported) });
}

/** Returns the code, message and stack of any thrown value, even of one that throws when its properties are read. */
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

/**
 * Calls the function once. The result is serialised within the time limit too, because getters and toJSON are the
 * learner's code.
 */
function outcomeOf(learnerFunction: LearnerFunction, args: readonly unknown[]): Outcome {
  const before = stringify(args);
  const given = parse(before) as unknown[];
  try {
    return withTimeout(timeLimits.call, () => described(learnerFunction(...given), () => stringify(given) !== before));
  } catch (error) {
    if (isTimeOut(error)) return end({ kind: 'hang', milliseconds: timeLimits.call, line: profiler.hottestLine() });
    const { message, stack } = textsOf(error);
    return { kind: 'threw', message, stack };
  }
}

function described(value: unknown, inputChanged: () => boolean): Outcome {
  if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') return { kind: 'promise' };
  if (typeof value !== 'object' || value === null)
    return { kind: 'unusable', described: toText(value).slice(0, MAX_TEXT) };
  const text = stringify(value);
  if (text === undefined) return { kind: 'unusable', described: 'an object that JSON cannot represent' };
  if (text.length > MAX_RESULT) return { kind: 'unusable', described: `a result of ${text.length} characters` };
  return { kind: 'value', value: parse(text), inputChanged: inputChanged() };
}

const profiler = startProfiler(url);
const changedBuiltin = watchBuiltins();
confine(readable);
const learnerFunction = loadFunction();
for (let i = 0; i < calls.length; i++) {
  const changed = changedBuiltin();
  if (changed) end({ kind: 'pollution', ...changed });
  report({ began: i });
  report({ outcome: outcomeOf(learnerFunction, calls[i] ?? []) });
}
const changed = changedBuiltin();
end(changed && { kind: 'pollution', ...changed });
