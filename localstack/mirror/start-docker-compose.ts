import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import { makeTables } from './create-tables.ts';
import { httpUrl, PORTS } from './ports-tables-and-variables.ts';

const FILE = join(import.meta.dirname, '../docker-compose.yml');

export class DockerFailed extends BrickError {
  override readonly code = 'BRICK_DOCKER_FAILED';
  constructor(command: string, why: string) {
    super({
      what: `\`docker compose ${command}\` failed`,
      why,
      fix: 'Start Docker, or use `npm run mirror -- --native`',
    });
  }
}

/**
 * Starts docker-compose.yml, waits until all servers are healthy, and creates topics and tables. Output goes to stderr.
 *
 * @throws DockerFailed or the error of the tables, after the containers were stopped
 */
export async function startCompose(): Promise<AsyncDisposable> {
  const { status, stderr, error } = spawnSync('docker', ['compose', 'version'], { encoding: 'utf8' });
  if (status !== 0) throw new DockerFailed('version', error ? '`docker` is not installed' : stderr.trim());
  const stop = () => compose('stop');
  try {
    await compose('up', '--detach', '--wait', ...Object.keys(PORTS));
    // This container runs separately, because `--wait` treats a container that has finished as failed.
    await compose('run', '--rm', '--no-deps', 'topics');
    await makeTables(httpUrl(PORTS.aws));
  } catch (error) {
    // The first error explains more than one of stopping.
    await stop().catch(() => {});
    throw error;
  }
  return { [Symbol.asyncDispose]: stop };
}

async function compose(...args: readonly string[]): Promise<void> {
  const child = spawn('docker', ['compose', '--file', FILE, ...args], {
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new DockerFailed(args.join(' '), `it exited with status ${status}; its output is above`);
}
