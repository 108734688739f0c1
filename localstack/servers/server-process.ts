import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const GRACE_MS = 2_000;
const POLL_MS = 50;
/** Number of output lines shown if a server does not start. */
const LAST_LINES = 10;

/** Returns a port on 127.0.0.1 that was free during this call. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export const isInstalled = (program: string): boolean => spawnSync('which', [program]).status === 0;

export interface Server extends AsyncDisposable {
  /** Sends a signal to the process. For SIGKILL, resolves when the process has ended. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

interface Starting {
  readonly ready: () => Promise<boolean>;
  readonly env?: NodeJS.ProcessEnv;
  /** Maximum time until the server is ready, milliseconds. */
  readonly timeoutMs?: number;
  /** File for the server's output. @default - discarded */
  readonly output?: string;
}

/** Starts a server and waits until it is ready. @throws if it exits or is not ready in time */
export async function startServer(
  program: string,
  args: readonly string[],
  { ready, env, timeoutMs = 30_000, output }: Starting,
): Promise<Server> {
  const to = output === undefined ? 'ignore' : openSync(output, 'a');
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', to, to] });
  const orphaned = () => child.kill('SIGKILL');
  process.once('exit', orphaned);
  child.once('exit', () => process.removeListener('exit', orphaned));
  const lastOutput = () =>
    output === undefined ? '' : `\n${readFileSync(output, 'utf8').split('\n').slice(-LAST_LINES).join('\n')}`;
  const until = Date.now() + timeoutMs;
  while (!(await ready().catch(() => false))) {
    if (hasEnded(child))
      throw new Error(`${program} exited with status ${child.exitCode} before it was ready${lastOutput()}`);
    if (Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`${program} was not ready within ${timeoutMs} ms${lastOutput()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return {
    signal: async (signal) => {
      const exited = signal === 'SIGKILL' ? ended(child) : undefined;
      child.kill(signal);
      await exited;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

const ended = (child: ChildProcess): Promise<unknown> =>
  hasEnded(child) ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve));

async function stop(child: ChildProcess): Promise<void> {
  const exited = ended(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(timer);
}
