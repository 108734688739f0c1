import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Outcome } from '../../../stories/checkpoint.ts';
import { toldBy } from './read-results.ts';
import { RESULTS_FD, type TrialFailure, type TrialRequest } from './trial-protocol.ts';

export interface Limits {
  /** Until the process is killed. Milliseconds. */
  readonly total: number;
  /** For loading the file, and for each call. Milliseconds. */
  readonly load: number;
  readonly call: number;
  /** JavaScript objects. */
  readonly heapMb: number;
  /** The whole process; buffers are not in the heap. Watched where /proc is. */
  readonly residentMb: number;
  readonly resultBytes: number;
}

export const LIMITS: Limits = {
  ...{ total: 8_000, load: 3_000, call: 1_000 },
  ...{ heapMb: 128, residentMb: 512, resultBytes: 4_000_000 },
};

/** How the process ended when it did not say why. */
export type Ending = TrialFailure | { readonly kind: 'killed'; readonly why: 'time' | 'memory' | 'output' | 'ended' };

export interface Trial {
  /** One for each call that was answered, in order. */
  readonly outcomes: readonly Outcome[];
  /** Absent when all calls were answered. */
  readonly ending?: Ending;
  /** The call that was begun last, also when it was not answered. */
  readonly lastCall?: number;
  /** The beginning of what the learner's code printed. */
  readonly printed: string;
}

const ROOT = resolve(import.meta.dirname, '../../..');
const CHILD = join(import.meta.dirname, 'sandbox-child.ts');
const MAX_PRINTED = 2_000;
const KB = 1024;
const LOOK_EVERY_MS = 20;

/** What a solution may import: the domain, zod, and its own folder. */
const readableFor = (file: string): string[] => [
  `${join(ROOT, 'layers/domain')}/`,
  `${join(ROOT, 'node_modules/zod')}/`,
  `${dirname(file)}/`,
];

/**
 * Calls a learner's function in a process of its own that can read a few folders and do nothing else: no files are
 * written, no processes started, no network used; time, memory and output are limited. Resolves however it ends.
 */
export async function runTrial(
  { file, name, calls }: Pick<TrialRequest, 'file' | 'name' | 'calls'>,
  limits: Limits = LIMITS,
): Promise<Trial> {
  const readable = readableFor(file);
  const request: TrialRequest = { file, name, calls, readable, timeLimits: { load: limits.load, call: limits.call } };
  const child = startChild([...readable, `${import.meta.dirname}/`, join(ROOT, 'package.json')], limits);
  const seen = collect(child, limits);
  // A process that has ended already cannot read its request; its end is told below.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(request));
  await new Promise<void>((done, failed) => child.once('error', failed).once('close', () => done()));
  return seen.trial(calls.length);
}

function startChild(readable: readonly string[], { heapMb }: Limits): ChildProcess {
  const flags = [
    ...['--permission', '--allow-inspector', '--disable-warning=SecurityWarning', '--no-warnings'],
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--max-old-space-size=${heapMb}`,
  ];
  // No environment: it may hold secrets, and NODE_OPTIONS.
  return spawn(process.execPath, [...flags, CHILD], { env: {}, cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
}

/** Listens to the process, and kills it at the first limit that it passes. */
function collect(child: ChildProcess, limits: Limits) {
  let why: 'time' | 'memory' | 'output' | undefined;
  const kill = (reason: typeof why) => {
    why ??= reason;
    child.kill('SIGKILL');
  };
  const results = capped(child.stdio[RESULTS_FD] as Readable, limits.resultBytes, () => kill('output'));
  const printed = capped(child.stdout as Readable, MAX_PRINTED);
  const complained = capped(child.stderr as Readable, MAX_PRINTED * 2);
  const timer = setTimeout(() => kill('time'), limits.total);
  const watch = setInterval(() => residentMb(child.pid) > limits.residentMb && kill('memory'), LOOK_EVERY_MS);
  child.once('close', () => {
    clearTimeout(timer);
    clearInterval(watch);
  });
  return {
    trial: (calls: number): Trial => {
      const trial = toldBy(results());
      const { outcomes, ending } = trial;
      const endedBy = why ?? (complained().includes('heap out of memory') ? 'memory' : 'ended');
      if (ending || (outcomes.length === calls && !why)) return { ...trial, printed: printed() };
      return { ...trial, ending: { kind: 'killed', why: endedBy }, printed: printed() };
    },
  };
}

/** The first `max` bytes of a stream; the rest is read and dropped. */
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

/** Memory of a process in megabytes; 0 where the system does not tell, or the process is gone. */
function residentMb(pid: number | undefined): number {
  try {
    const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kb ?? 0) / KB;
  } catch {
    return 0;
  }
}
