import { spawn, spawnSync } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { createInterface } from 'node:readline';
import { environmentWith } from '#adapters/composition/read-config.ts';

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of stderr. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Ended {
  /** Exit status; null if a signal ended the process. */
  readonly status: number | null;
  readonly stdout: string;
  /** Last lines of stderr. */
  readonly tail: readonly string[];
}

const TAIL_LINES = 30;

/**
 * Returns the command that runs a program so that the kernel kills it when this process ends, for instance by SIGKILL.
 * Only Linux can do this, with util-linux. A program without an absolute path may not exist, and then Node reports it.
 */
function endingWithParent(program: string, args: readonly string[]): [string, readonly string[]] {
  return isAbsolute(program) && canEndWithParent()
    ? ['setpriv', ['--pdeathsig', 'KILL', '--', program, ...args]]
    : [program, args];
}

let isSupported: boolean | undefined;
function canEndWithParent(): boolean {
  isSupported ??=
    process.platform === 'linux' && spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0;
  return isSupported;
}

/** Runs a program until it exits, or until this process ends. @throws if it cannot be started, or `signal` stops it */
export async function run(program: string, args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
  const { cwd, env, onLine, signal } = options;
  signal?.throwIfAborted();
  const child = spawn(...endingWithParent(program, args), {
    cwd,
    env: env && environmentWith(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const ended = Promise.withResolvers<number | null>();
  child.once('error', ended.reject);
  child.once('close', ended.resolve);
  const tail: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    onLine?.(line);
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  return { status: await ended.promise, stdout, tail };
}
