import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Outcome } from '../../../stories/checkpoint.ts';
import { readResults } from './read-results.ts';
import { RESULTS_FD, type TrialFailure, type TrialRequest } from './trial-protocol.ts';

export interface Limits {
  /** Milliseconds until the process is killed. */
  readonly total: number;
  /** Milliseconds to load the file. */
  readonly load: number;
  /** Milliseconds for each call. */
  readonly call: number;
  /** Megabytes of JavaScript objects. */
  readonly heapMb: number;
  /** Megabytes of the process, including buffers outside the heap. It is checked only on systems with /proc. */
  readonly residentMb: number;
  readonly resultBytes: number;
}

export const LIMITS: Limits = {
  ...{ total: 8_000, load: 3_000, call: 1_000 },
  ...{ heapMb: 128, residentMb: 512, resultBytes: 4_000_000 },
};

/** Reason why a trial ended early: reported by the process itself, or observed from outside. */
export type Ending = TrialFailure | { readonly kind: 'killed'; readonly why: 'time' | 'memory' | 'output' | 'ended' };

export interface Trial {
  /** One per call that returned or threw, in order. */
  readonly outcomes: readonly Outcome[];
  /** Absent if all calls have an outcome. */
  readonly ending?: Ending;
  /** Index of the last call that began. */
  readonly lastCall?: number;
  /** The beginning of the code's output. */
  readonly printed: string;
}

const ROOT = resolve(import.meta.dirname, '../../..');
const CHILD = join(import.meta.dirname, 'sandbox-child.ts');
/** Maximum number of bytes of the printed output that are stored. */
const MAX_PRINTED = 2_000;
const KB = 1024;
/** Milliseconds between two checks of the memory. */
const CHECK_EVERY_MS = 20;

/** Returns the paths from which a solution may import: the domain, zod and its own folder. */
const readableFor = (file: string): string[] => [
  `${join(ROOT, 'layers/domain')}/`,
  `${join(ROOT, 'node_modules/zod')}/`,
  `${dirname(file)}/`,
];

/**
 * Calls a learner's function in a separate process. The process can only read a few folders: it cannot write files,
 * start processes or use the network. Its time, memory and output are limited. Resolves regardless of how the process
 * ends.
 */
export async function runTrial(
  { file, name, calls }: Pick<TrialRequest, 'file' | 'name' | 'calls'>,
  limits: Limits = LIMITS,
): Promise<Trial> {
  const readable = readableFor(file);
  const request: TrialRequest = { file, name, calls, readable, timeLimits: { load: limits.load, call: limits.call } };
  const child = startChild([...readable, `${import.meta.dirname}/`, join(ROOT, 'package.json')], limits);
  const observed = observe(child, limits);
  // The process may end before it reads its request. The result of the trial reports that.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(request));
  await new Promise<void>((done, failed) => child.once('error', failed).once('close', () => done()));
  return observed.trial(calls.length);
}

function startChild(readable: readonly string[], { heapMb }: Limits): ChildProcess {
  const flags = [
    ...['--permission', '--allow-inspector', '--disable-warning=SecurityWarning', '--no-warnings'],
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--max-old-space-size=${heapMb}`,
  ];
  // The environment is empty, because it may contain secrets or NODE_OPTIONS.
  return spawn(process.execPath, [...flags, CHILD], { env: {}, cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
}

/** Reads the output of the process, and kills it when it exceeds a limit. */
function observe(child: ChildProcess, limits: Limits) {
  let why: 'time' | 'memory' | 'output' | undefined;
  const kill = (reason: typeof why) => {
    why ??= reason;
    child.kill('SIGKILL');
  };
  const results = capped(child.stdio[RESULTS_FD] as Readable, limits.resultBytes, () => kill('output'));
  const printed = capped(child.stdout as Readable, MAX_PRINTED);
  const errors = capped(child.stderr as Readable, MAX_PRINTED * 2);
  const timer = setTimeout(() => kill('time'), limits.total);
  const watch = setInterval(() => residentMb(child.pid) > limits.residentMb && kill('memory'), CHECK_EVERY_MS);
  child.once('close', () => {
    clearTimeout(timer);
    clearInterval(watch);
  });
  return {
    trial: (calls: number): Trial => {
      const trial = readResults(results());
      const { outcomes, ending } = trial;
      const endedBy = why ?? (errors().includes('heap out of memory') ? 'memory' : 'ended');
      if (ending || (outcomes.length === calls && !why)) return { ...trial, printed: printed() };
      return { ...trial, ending: { kind: 'killed', why: endedBy }, printed: printed() };
    },
  };
}

/**
 * Collects the first `max` bytes of a stream, and discards the rest.
 *
 * @returns a function that returns the collected text
 */
function capped(stream: Readable, max: number, onOverflow?: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < max) chunks.push(chunk.subarray(0, max - size));
    size += chunk.length;
    if (size > max) onOverflow?.();
  });
  stream.on('error', () => undefined);
  return () => Buffer.concat(chunks).toString('utf8');
}

/** Returns the resident memory of a process in megabytes, or 0 if it is unknown or the process has ended. */
function residentMb(pid: number | undefined): number {
  try {
    const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kb ?? 0) / KB;
  } catch {
    return 0;
  }
}
