import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';

const GRACE_MS = 2_000;
const POLL_MS = 50;

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

/** Starts a server and waits until it answers. @throws when it ends, or does not answer in time */
export async function startServer(
  program: string,
  args: readonly string[],
  { ready, env, within = 30_000 }: { ready: () => Promise<boolean>; env?: NodeJS.ProcessEnv; within?: number },
): Promise<AsyncDisposable> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  const until = Date.now() + within;
  while (!(await ready().catch(() => false))) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode} before it was ready`);
    if (Date.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`${program} was not ready within ${within} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return { [Symbol.asyncDispose]: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await gone;
  clearTimeout(timer);
}
