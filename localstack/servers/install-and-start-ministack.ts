import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, isInstalled, startServer } from './server-process.ts';

const VERSION = '1.5.33';
const FOLDER = resolve('.agentbricks/test-tools');
const PROGRAM = join(FOLDER, 'bin/ministack');
/** Path of the MiniStack program, which exists once `hasMiniStack` has returned true. */
export const MINISTACK = PROGRAM;

/** Returns whether MiniStack, an emulated AWS from PyPI, is available. The first call installs it. */
export function hasMiniStack(): boolean {
  if (existsSync(PROGRAM)) return true;
  if (!isInstalled('python3')) return false;
  const run = (program: string, ...args: string[]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  return (
    run('python3', '-m', 'venv', FOLDER) &&
    run(join(FOLDER, 'bin/pip'), 'install', '--quiet', `ministack==${VERSION}`) &&
    existsSync(PROGRAM)
  );
}

export interface MiniStack extends AsyncDisposable {
  readonly endpoint: string;
}

/**
 * Starts MiniStack.
 *
 * @param more environment variables for MiniStack and its functions
 * @param output file for MiniStack's output @default - the output is discarded
 */
export async function startMiniStack(more: NodeJS.ProcessEnv = {}, output?: string): Promise<MiniStack> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const env = { ...more, GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1' };
  const ready = async () => (await fetch(`${endpoint}/_localstack/health`)).ok;
  return { endpoint, ...(await startServer(PROGRAM, [], { ready, env, output })) };
}
