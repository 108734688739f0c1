import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonEnvironment } from './create-peer-virtualenv.ts';
import { freePort, startServer } from './server-process.ts';

const REQUIREMENTS = join(import.meta.dirname, 'mlflow-requirements.txt');
const START_TIMEOUT_MS = 55_000;

export interface Mlflow extends AsyncDisposable {
  /** Base URL of the server. */
  readonly url: string;
}

/** Starts an MLflow tracking server from PyPI on a free port, with its data in a temporary folder. */
export async function startMlflow(): Promise<Mlflow> {
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-mlflow-'));
  const server = await startMlflowIn(folder, await freePort());
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Starts an MLflow tracking server with its data in `folder`. */
export async function startMlflowIn(folder: string, port: number): Promise<Mlflow> {
  const python = await pythonEnvironment('mlflow', REQUIREMENTS);
  const url = `http://127.0.0.1:${port}`;
  const args = [
    ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${join(folder, 'runs.sqlite')}`],
    ...['--artifacts-destination', join(folder, 'artifacts')],
  ];
  const server = await startServer(python, args, {
    ready: async () => (await fetch(`${url}/health`)).ok,
    // We do not use its job runner, which would start seven more processes.
    env: { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', DO_NOT_TRACK: 'true' },
    timeoutMs: START_TIMEOUT_MS,
    output: join(folder, 'log'),
  });
  return { url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
