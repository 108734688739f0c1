import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `agentbricks …` in a child process. `kill` sends SIGKILL, so that the process cannot clean up. */
export const agentbricks = (...args: readonly string[]) => started(args, {});

/** Runs `agentbricks …` with additional environment variables. */
export const agentbricksIn = (env: NodeJS.ProcessEnv, ...args: readonly string[]) => started(args, { env });

/** Runs `agentbricks …` with `cwd` as its current folder. */
export const agentbricksFrom = (cwd: string, ...args: readonly string[]) => started(args, { cwd });

function started(args: readonly string[], { cwd = ROOT, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv }) {
  const child = spawn(process.execPath, [resolve(ROOT, 'bin/agentbricks.ts'), ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((done) => child.once('close', (status) => done({ status, stdout, stderr })));
  return {
    ended,
    kill: () => child.kill('SIGKILL'),
    interrupt: () => child.kill('SIGINT'),
    said: () => stderr,
    heard: () => stdout,
  };
}
