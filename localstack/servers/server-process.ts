import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const GRACE_MS = 2_000;
const POLL_MS = 50;
/** Of its output, when it does not start. */
const LAST_LINES = 10;

/** A port on 127.0.0.1 that was free a moment ago. */
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
  /** Resolves once a process that got SIGKILL is gone. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
}

interface Starting {
  readonly ready: () => Promise<boolean>;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds. */
  readonly within?: number;
  /** File that its output goes to. @default - it is thrown away */
  readonly output?: string;
}

/** Starts a server and waits until it answers. @throws when it ends, or does not answer in time */
export async function startServer(
  program: string,
  args: readonly string[],
  { ready, env, within = 30_000, output }: Starting,
): Promise<Server> {
  const to = output === undefined ? 'ignore' : openSync(output, 'a');
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', to, to] });
  const orphaned = () => child.kill('SIGKILL');
  process.once('exit', orphaned);
  child.once('exit', () => process.removeListener('exit', orphaned));
  const said = () =>
    output === undefined ? '' : `\n${readFileSync(output, 'utf8').split('\n').slice(-LAST_LINES).join('\n')}`;
  const until = Date.now() + within;
  while (!(await ready().catch(() => false))) {
    if (hasEnded(child)) throw new Error(`${program} ended with ${child.exitCode} before it was ready${said()}`);
    if (Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`${program} was not ready within ${within} ms${said()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return {
    signal: async (signal) => {
      const gone = signal === 'SIGKILL' ? ended(child) : undefined;
      child.kill(signal);
      await gone;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

const ended = (child: ChildProcess): Promise<unknown> =>
  hasEnded(child) ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve));

async function stop(child: ChildProcess): Promise<void> {
  const gone = ended(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await gone;
  clearTimeout(timer);
}
