import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { progress } from './figures-and-interleaved-rounds.ts';

const READY_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/**
 * Whether processes can be pinned to cores, the server to one and the load to another. Otherwise, as on macOS, they
 * share all cores.
 */
const PINS = spawnSync('taskset', ['-c', '1', 'true']).status === 0;

export const onCore = (core: number, ...command: readonly string[]): readonly string[] =>
  PINS ? ['taskset', '-c', String(core), ...command] : command;

export const reportPinning = (): void => {
  if (!PINS) progress('taskset is not installed: server and load share the cores');
};

/** A running server. */
export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}
/** Starts a server. @param folder for its data */
export type Serve = (folder: string) => Promise<RunningServer>;

/** Starts one of our scripts, which prints its URL when it is ready. */
export const ownServer = (...command: readonly string[]): Promise<RunningServer> => ownServerWith({}, ...command);

/** Starts one of our scripts with additional environment variables. */
export async function ownServerWith(env: NodeJS.ProcessEnv, ...command: readonly string[]): Promise<RunningServer> {
  const child = start([process.execPath, ...command], env);
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { url: line.toString().trim(), pid: child.pid ?? 0, stop: () => stop(child) };
}

/** Starts a FastAPI program, which receives a port and `args`. */
export async function uvicornServer(
  python: string,
  program: string,
  ...args: readonly string[]
): Promise<RunningServer> {
  const port = await freePort();
  const child = start([python, program, String(port), ...args]);
  const url = `http://127.0.0.1:${port}`;
  const giveUp = Date.now() + READY_MS;
  while (!(await fetch(`${url}/openapi.json`).catch(() => undefined))) {
    if (Date.now() > giveUp || child.exitCode !== null) throw new Error('the baseline server does not respond');
    await sleep(LOOK_AGAIN_MS);
  }
  return { url, pid: child.pid ?? 0, stop: () => stop(child) };
}

function start(command: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const [program = '', ...args] = onCore(0, ...command);
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
