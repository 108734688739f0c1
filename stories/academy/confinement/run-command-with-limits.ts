import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import {
  type Confined,
  type Ending,
  FILTER_FD,
  type KillReason,
  type Launch,
  type Program,
  RESULTS_FD,
} from './confined-program-types.ts';
import { residentMbOf } from './measure-process-tree-memory.ts';

/** Maximum number of bytes of each output stream that are stored. */
const MAX_PRINTED = 4_000;
/** Default for the milliseconds between two checks of the memory. */
const CHECK_EVERY_MS = 20;
/** A fork bomb makes /proc slow to read. The next check waits this many times longer than the last one took. */
const REST = 10;

/** Starts a command line, reads its output and kills it when it exceeds a limit. */
export function runLaunch(
  { command, args, filter }: Launch,
  { limits, env = {} }: Pick<Program, 'limits' | 'env'>,
): Confined {
  const stdio = [...Array(RESULTS_FD + 1).fill('pipe'), ...(filter ? ['pipe'] : [])] as 'pipe'[];
  // `detached` starts a new session, which has no terminal: the program cannot type into ours.
  const child = spawn(command, args, { env: { ...env }, cwd: '/', stdio, detached: true });
  for (const stream of child.stdio) stream?.on('error', ignoreBrokenPipe);
  if (filter) (child.stdio[FILTER_FD] as Writable).end(filter);

  let killedFor: KillReason | undefined;
  let hasEnded = false;
  const kill = (reason: KillReason): void => {
    // After the end, the process id can belong to another process.
    if (hasEnded) return;
    killedFor ??= reason;
    killGroup(child);
  };
  const results = child.stdio[RESULTS_FD] as Readable;
  const overflow = () => kill('output');
  limitBytes([results], limits.resultBytes, overflow);
  limitBytes([child.stdout as Readable, child.stderr as Readable], limits.printedBytes, overflow);
  const printed = beginningOf(child.stdout as Readable);
  const errors = beginningOf(child.stderr as Readable);
  const timer = setTimeout(() => kill('time'), limits.total);
  const checkMemory = () => residentMbOf(child.pid) > limits.residentMb && kill('memory');
  const stopWatching = repeatCheck(checkMemory, limits.checkMemoryMs);

  const ended = endOf(child).then(({ exitCode, signal }): Ending => {
    hasEnded = true;
    clearTimeout(timer);
    stopWatching();
    return { exitCode, signal, killedFor };
  });
  return { stdin: child.stdin as Writable, results, printed, errors, kill, ended };
}

/** Runs a check until the returned function is called. */
function repeatCheck(check: () => void, everyMs = CHECK_EVERY_MS): () => void {
  let timer: NodeJS.Timeout;
  const run = (): void => {
    const startedAt = performance.now();
    check();
    timer = setTimeout(run, Math.max(everyMs, REST * (performance.now() - startedAt)));
  };
  timer = setTimeout(run, everyMs);
  return () => clearTimeout(timer);
}

/** The other end may close a pipe at any time; `ended` reports how the program ended. */
const ignoreBrokenPipe = (): void => undefined;

/** Kills the command and all processes in its process group. Processes in its namespaces end with it. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
}

const endOf = (child: ChildProcess): Promise<Pick<Ending, 'exitCode' | 'signal'>> =>
  new Promise((done) => {
    child.once('error', () => done({ exitCode: null, signal: null }));
    child.once('close', (exitCode, signal) => done({ exitCode, signal }));
  });

/** Calls `onOverflow` when the streams together carry more than `max` bytes. */
function limitBytes(streams: readonly Readable[], max: number, onOverflow: () => void): void {
  let size = 0;
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > max) onOverflow();
    });
  }
}

/** Stores the beginning of a stream and discards the rest. */
function beginningOf(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < MAX_PRINTED) chunks.push(chunk.subarray(0, MAX_PRINTED - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
