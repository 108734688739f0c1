import { randomBytes } from 'node:crypto';
import type { Confined, ResourceLimits } from '../confined-program-types.ts';
import { type ConfinementLevel, confinementLevel } from '../find-strongest-confinement.ts';
import { startConfined } from '../start-confined-program.ts';
import { type Bundle, bundleCode, type Source } from './bundle-code.ts';
import { harnessCode } from './bundle-harness.ts';
import { collectRun, START_MS } from './collect-outcomes-or-kill-run.ts';
import { encodeArguments } from './encode-arguments.ts';
import type { CallRequest, LoadRequest, Request } from './message-types.ts';
import { type FunctionRun, isStarved } from './outcomes.ts';

export interface FunctionLimits extends ResourceLimits {
  /** Milliseconds to load the file. */
  readonly load: number;
  /** Milliseconds for each call. */
  readonly call: number;
  /** Megabytes of JavaScript objects. */
  readonly heapMb: number;
  /** Characters of one result. */
  readonly resultCharacters: number;
}

export const LIMITS: FunctionLimits = {
  ...{ total: 10_000, load: 3_000, call: 1_000, cpuSeconds: 12 },
  ...{ heapMb: 128, residentMb: 512, dataMb: 2_048, processes: 1 },
  ...{ resultCharacters: 1_000_000, resultBytes: 32_000_000, printedBytes: 1_000_000 },
};

/** One call: its arguments, and optionally the name of a helper that receives the learner's function before them. */
export type FunctionCall = readonly unknown[] | { readonly args: readonly unknown[]; readonly through: string };

export interface FunctionRequest {
  /** Absolute path of the learner's file, or the code of a program of ours, which has no file. */
  readonly file: string | Source;
  /** Name of the function that the file must export. */
  readonly name: string;
  /** Values that structured cloning supports, and the arguments that helper() and once() make. */
  readonly calls: readonly FunctionCall[];
  /** Code of the step whose exports are passed to the function. @default - none */
  readonly helpers?: Source;
  /** Whether a returned promise is awaited. @default false: it is reported as a promise */
  readonly awaits?: boolean;
  /** Start time of the code's clock, UTC epoch milliseconds. @default - now */
  readonly clock?: number;
  /** Seed of the code's random numbers. @default 1 */
  readonly seed?: number;
}

const SCRIPT = 'learner-code';
const HELPERS = 'step-code';

/** Factor by which the time limits grow for the retry of a run that got too little processor time. */
const PATIENCE = 5;

/**
 * Calls a learner's function in a confined process, and reports how each call ended. The caller must evaluate the
 * results, because the learner's code can return anything. Resolves regardless of how the process ends.
 *
 * A run that ended because the machine was busy is retried once, with longer limits. If `isStarved` returns true for
 * that result too, the code cannot be judged.
 *
 * @param level @default - the strongest confinement of this machine
 */
export async function runFunction(
  request: FunctionRequest,
  limits: FunctionLimits = LIMITS,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<FunctionRun> {
  const run = await runOnce(request, limits, level);
  if (!isStarved(run, limits)) return run;
  const { load, call, total } = limits;
  const slower = { load: load * PATIENCE, call: call * PATIENCE, total: total * PATIENCE };
  return await runOnce(request, { ...limits, ...slower }, level);
}

async function runOnce(
  request: FunctionRequest,
  limits: FunctionLimits,
  level: Promise<ConfinementLevel>,
): Promise<FunctionRun> {
  const calls = request.calls.map((call) => callRequest(call, request.awaits ?? false));
  // Node starts while the code is bundled.
  const starting = startHarness(limits, level);
  try {
    const [script, helpers] = await Promise.all([
      bundleCode(typeof request.file === 'string' ? { file: request.file } : request.file, SCRIPT),
      request.helpers && bundleCode(request.helpers, HELPERS),
    ]);
    if ('kind' in script) return { outcomes: [], ending: script, printed: '' };
    if (helpers && 'kind' in helpers) throw new Error(`the step's helpers are invalid: ${JSON.stringify(helpers)}`);
    const load = loadRequest(request, script, helpers, limits);
    const confined = await starting;
    const requests: Request[] = [load, ...calls, { kind: 'end' }];
    confined.stdin.end(requests.map((each) => `${JSON.stringify(each)}\n`).join(''));
    const { token } = load;
    return await collectRun(confined, { token, calls: calls.length, limits, inSources: script.inSources });
  } finally {
    (await starting).kill('stopped');
  }
}

function loadRequest(
  { name, clock = Date.now(), seed = 1 }: FunctionRequest,
  { script }: Bundle,
  helpers: Bundle | undefined,
  { load, call, resultCharacters }: FunctionLimits,
): LoadRequest {
  const limits = { load, call, resultCharacters };
  const token = randomBytes(16).toString('hex');
  return { kind: 'load', token, script, name, helpers: helpers?.script, clock, seed, limits };
}

function callRequest(call: FunctionCall, awaits: boolean): CallRequest {
  if (!('through' in call)) return { kind: 'call', args: encodeArguments(call), awaits };
  return { kind: 'call', args: encodeArguments(call.args), through: call.through, awaits };
}

/** Node's permission model denies files, processes, workers, addons and the inspector. */
export const NODE_FLAGS: readonly string[] = [
  ...['--permission', '--no-addons', '--disable-sigusr1', '--no-warnings'],
  // The permission model does not cover databases.
  '--no-experimental-sqlite',
  // If the learner's code reaches an object of the harness's realm in spite of everything, it can neither change the
  // object nor run strings as code with it.
  ...['--frozen-intrinsics', '--disallow-code-generation-from-strings'],
];

/** Starts Node with a harness only. @param code @default - the harness that calls pure functions */
export async function startHarness(
  limits: FunctionLimits,
  level: Promise<ConfinementLevel>,
  code: Promise<string> = harnessCode(),
): Promise<Confined> {
  const flags = [...NODE_FLAGS, `--max-old-space-size=${limits.heapMb}`, '--input-type=module'];
  const args = [...flags, '-e', await code];
  // `collectRun` counts `limits.total` from the moment Node has started. This longer limit ends a process that never
  // starts.
  const all = { ...limits, total: limits.total + START_MS };
  return await startConfined({ command: process.execPath, args, readable: [], limits: all, env: { TZ: 'UTC' } }, level);
}
