import { type ConfinementLevel, confinementLevel } from '../find-strongest-confinement.ts';
import { bundleCode, type Source } from '../function/bundle-code.ts';
import { type FunctionLimits, LIMITS } from '../function/run-function.ts';
import type { BatchRun } from './decode-batch-outcomes.ts';
import type { ProcessEnding } from './exchange-lines-with-process.ts';
import { type BatchOptions, type FunctionProcess, functionProcess, type ServedCode } from './function-process.ts';

/** A learner's function in a confined process that keeps running between batches. */
export interface RunningFunction extends Disposable {
  /**
   * Calls the function once per list of arguments. Never rejects. Batches run one after another. If the process has
   * ended, a new process starts first. The new process runs the content that the file had when `startFunction` read it.
   */
  call(batch: readonly (readonly unknown[])[], options: BatchOptions): Promise<BatchRun>;
}

/** A learner's function, and how it is called. */
export interface ServedFunction {
  /** Absolute path of the learner's file. */
  readonly file: string;
  /** Name of the function that the file must export. */
  readonly name: string;
  /** Our code in the function's realm. Each call calls its export `name` with the function and then the arguments. */
  readonly through?: { readonly helpers: Source; readonly name: string };
}

/** Limits of a process that runs as long as a city. The limits on results apply to each batch. */
export const SERVING_LIMITS: FunctionLimits = {
  ...LIMITS,
  // 23 days. Timers allow at most 24 days.
  ...{ total: 2_000_000_000, cpuSeconds: 2_000_000 },
  // The checks are rare, so that an idle process takes almost no time from the city. V8 limits the memory between two
  // checks.
  checkMemoryMs: 200,
  ...{ resultCharacters: 100_000, resultBytes: 16_000_000 },
};

/**
 * Loads a learner's function into a confined process that keeps running.
 *
 * @param level @default - the strongest confinement of this machine
 * @returns the function, or why it could not be loaded
 */
export async function startFunction(
  { file, name, through }: ServedFunction,
  limits: FunctionLimits = SERVING_LIMITS,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<RunningFunction | ProcessEnding> {
  const bundle = await bundleCode({ file }, 'learner-code');
  if ('kind' in bundle) return bundle;
  const helpers = through && (await bundleCode(through.helpers, 'helper-code'));
  if (helpers && 'kind' in helpers) throw new Error(`the helpers are invalid: ${JSON.stringify(helpers)}`);
  const code: ServedCode = { bundle, name, helpers, through: through?.name };
  const start = () => functionProcess(code, limits, level);
  const first = await start();
  // A process that got too little processor time says nothing about the code, so a second one gets more time.
  const patient = { ...limits, load: limits.load * PATIENCE };
  const second = isStarved(first, limits) ? await functionProcess(code, patient, level) : first;
  return 'kind' in second ? second : restarting(second, start);
}

/** Factor by which the time limit for the second attempt to load a file is longer. */
const PATIENCE = 5;
/** Fraction of a time limit that counts as the limit, because the timer and the processor time can differ slightly. */
const NEARLY = 0.9;

/** Returns whether a process may have failed to load the file only because the machine was too busy. */
function isStarved(started: Started, { load }: FunctionLimits): boolean {
  if (!('kind' in started)) return false;
  if (started.kind === 'not-started') return true;
  return started.kind === 'hang' && started.cpuMs !== undefined && started.cpuMs < load * NEARLY;
}

type Started = FunctionProcess | ProcessEnding;

function restarting(first: FunctionProcess, start: () => Promise<Started>): RunningFunction {
  let current: Promise<Started> = Promise.resolve(first);
  let last: Promise<unknown> = Promise.resolve();
  let isDisposed = false;
  /** Returns the running process, or starts one. */
  const running = async (): Promise<Started> => {
    const started = await current;
    if (isDisposed || !('kind' in started || started.hasEnded())) return started;
    current = start();
    return current;
  };
  const call = async (batch: readonly (readonly unknown[])[], options: BatchOptions): Promise<BatchRun> => {
    const until = performance.now() + options.milliseconds;
    const started = await withTimeout(running(), options.milliseconds);
    if (!started) return unfinished(batch.length);
    if ('kind' in started) return unfinished(batch.length, started);
    return await started.call(batch, { ...options, milliseconds: Math.max(1, until - performance.now()) });
  };
  return {
    call: (batch, options) => {
      const result = last.then(() => call(batch, options));
      last = result;
      return result;
    },
    [Symbol.dispose]: () => {
      isDisposed = true;
      void current.then((started) => 'kind' in started || started.kill());
    },
  };
}

/** Returns the result of a batch that was not sent to a process. */
const unfinished = (calls: number, ending?: ProcessEnding): BatchRun => ({
  outcomes: Array.from({ length: calls }, () => ({ kind: 'unfinished', cause: 'no' })),
  ending,
  printed: '',
});

async function withTimeout<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
