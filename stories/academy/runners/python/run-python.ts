import type { Ending } from '../../confinement/confined-program-types.ts';
import type { TrainerPython } from './locate-trainer-files.ts';
import type { PythonFailure, PythonOutcome, PythonResponse } from './protocol.ts';
import {
  PYTHON_LIMITS,
  type PythonLimits,
  type PythonProcess,
  type PythonTask,
  type Received,
} from './start-and-message-python-process.ts';
import { type PythonStarter, sharedPython } from './warm-process.ts';

export interface PythonCall {
  readonly outcome: PythonOutcome;
  /** The files that the call wrote, by their paths in its folder. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Why a run ended early: as the process reported it, or as observed from outside. */
export type PythonEnding =
  | PythonFailure
  | { readonly kind: 'killed'; readonly why: 'time' | 'memory' | 'output' | 'ended' }
  /** The process never ran the learner's code, because the machine is too busy or something is missing. */
  | { readonly kind: 'not-started'; readonly errors: string };

export interface PythonRun {
  /** Results of the reference, computed before any code of the learner was in the process. */
  readonly expected: unknown;
  /** One per call that returned or raised, by its name. */
  readonly calls: ReadonlyMap<string, PythonCall>;
  readonly ending?: PythonEnding;
  /** The call that had begun last. @default - the module was not loaded */
  readonly lastCall?: string;
  /** The beginning of the code's output. */
  readonly printed: string;
}

export interface PythonJob extends PythonTask {
  readonly seed: number;
  /** The judge's inputs: the scenarios compute the expected results for them. */
  readonly inputs: unknown;
  /** The learner's file. */
  readonly file: string;
  readonly source: Buffer;
  /** Name of the learner's function. */
  readonly name: string;
}

/** Milliseconds that the imports may take, on a busy machine. */
const WARM_MS = 60_000;
/** Milliseconds that the computation of the reference's results may take. */
const PREPARE_MS = 30_000;
/** Maximum time of a call on a busy machine, as a multiple of its limit. The harness has the same constant. */
const PATIENCE = 3;
/** Milliseconds that the harness may take to report code that ran too long, and to end. */
const GRACE_MS = 3_000;
const SECOND = 1_000;

/** Runs the learner's module in a confined process, and returns what it did. */
export const runPython = (
  python: TrainerPython,
  job: PythonJob,
  limits: PythonLimits = PYTHON_LIMITS,
  starter: PythonStarter = sharedPython,
): Promise<PythonRun> =>
  starter.use(python, { module: job.module, imports: job.imports, scenarios: job.scenarios }, (running) =>
    runCheck(running, job, limits),
  );

async function runCheck(running: PythonProcess, job: PythonJob, limits: PythonLimits): Promise<PythonRun> {
  const expected = await prepare(running, job);
  if ('errors' in expected) return { expected: undefined, calls: new Map(), ending: expected, printed: '' };
  running.send({
    ...{ kind: 'run', file: job.file, source: job.source.toString('base64'), name: job.name },
    readable: running.readable,
    ...{ loadSeconds: limits.load / SECOND, callSeconds: limits.call / SECOND },
  });
  const { hasEnded, ...run } = await collectCalls(running, limits);
  // A process that still runs the check cannot run another one.
  if (running.isReusable() && !hasEnded && !(await awaitEnd(running))) running[Symbol.dispose]();
  return { ...expected, ...run };
}

/** Computes the expected results. Nothing that the process writes later can change them. */
async function prepare(
  running: PythonProcess,
  { seed, inputs }: PythonJob,
): Promise<{ readonly expected: unknown } | Extract<PythonEnding, { kind: 'not-started' }>> {
  running.send({ kind: 'prepare', seed, inputs, folder: running.folder });
  const response = await running.receive<PythonResponse>(WARM_MS, (value) =>
    value.kind === 'warm' ? { nextMs: PREPARE_MS } : { value },
  );
  if ('kind' in response && response.kind === 'expected') return { expected: response.expected };
  return { kind: 'not-started', errors: running.errors() };
}

interface Collected extends Omit<PythonRun, 'expected'> {
  /** The process, or its copy, has ended. */
  readonly hasEnded: boolean;
}

async function collectCalls(running: PythonProcess, limits: PythonLimits): Promise<Collected> {
  const calls = new Map<string, PythonCall>();
  let [lastCall, printed]: [string | undefined, string] = [undefined, ''];
  const accept = (response: PythonResponse): Received<'done' | PythonFailure | number> => {
    if (response.kind === 'done') return { value: 'done' };
    if (response.kind === 'failure') return { value: response.failure };
    if (response.kind === 'ended') return { value: response.status };
    if (response.kind === 'printed') printed += response.text;
    if (response.kind === 'call') lastCall = response.name;
    if (response.kind === 'outcome' && !calls.has(response.name)) calls.set(response.name, callOf(response));
    return { nextMs: PATIENCE * limits.call + GRACE_MS };
  };
  const result = await running.receive(PATIENCE * limits.load + GRACE_MS, accept);
  const common = { calls, lastCall, printed };
  if (result === 'done') return { ...common, hasEnded: false };
  if (typeof result === 'number')
    return { ...common, ending: { kind: 'killed', why: reasonOf(result) }, hasEnded: true };
  if ('kind' in result) return { ...common, ending: result, hasEnded: false };
  return { ...common, ending: { kind: 'killed', why: whyKilled(result, running.errors()) }, hasEnded: true };
}

const callOf = ({ outcome, files }: Extract<PythonResponse, { kind: 'outcome' }>): PythonCall => ({
  outcome,
  files: new Map(files.map(({ path, content }) => [path, Buffer.from(content, 'base64')])),
});

/** Waits until the copy that ran the check has ended. Returns whether it has. */
async function awaitEnd(running: PythonProcess): Promise<boolean> {
  const end = await running.receive<'ended'>(GRACE_MS, ({ kind }) =>
    kind === 'ended' ? { value: 'ended' } : { nextMs: GRACE_MS },
  );
  return end === 'ended';
}

type KilledFor = Extract<PythonEnding, { kind: 'killed' }>['why'];

/** Number of the signal by which the kernel ends a process for its processor time. */
const SIGXCPU = 24;
/** A shell and bubblewrap report the end by a signal as the exit code 128 + the number of the signal. */
const SIGNALLED = 128;

/** Returns why a copy of the process ended, by its exit status: a negative one is a signal. */
const reasonOf = (status: number): KilledFor =>
  status === -SIGXCPU || status === SIGNALLED + SIGXCPU ? 'time' : 'ended';

/** Returns why the process ended without a last response. */
function whyKilled({ killedFor, exitCode, signal }: Ending, errors: string): KilledFor {
  if (killedFor === 'time' || killedFor === 'memory' || killedFor === 'output') return killedFor;
  if (/MemoryError|not enough memory|bad_alloc/i.test(errors)) return 'memory';
  return signal === 'SIGXCPU' ? 'time' : reasonOf(exitCode ?? 0);
}
