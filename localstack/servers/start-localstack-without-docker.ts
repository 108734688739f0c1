import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, type Server, startServer } from './server-process.ts';

const REQUIREMENTS = join(import.meta.dirname, 'localstack-requirements.txt');
const FOLDER = resolve('.agentbricks/test-tools/localstack');
const PYTHON = join(FOLDER, 'bin/python');
const READY = join(FOLDER, 'ready');
const START_TIMEOUT_MS = 60_000;

/** The only Python version that LocalStack supports outside Docker. */
const PYTHON_313 = 'python3.13';
/** pyenv's shim runs Python 3.13 only if PYENV_VERSION names it. */
const BY_PYENV = { ...process.env, PYENV_VERSION: '3.13' };

export const hasPython313 = (): boolean => spawnSync(PYTHON_313, ['--version'], { env: BY_PYENV }).status === 0;

export interface LocalStack extends Server {
  readonly endpoint: string;
}

/**
 * Starts LocalStack without Docker ("host mode"), from PyPI. Lambda and DynamoDB are not enabled: in this mode there is
 * no Lambda, and DynamoDB needs a Java archive, whose download can fail.
 *
 * @param folder for LocalStack's data
 * @param answers path of the file with the mocked task results (SFN_MOCK_CONFIG)
 */
export async function startLocalStack(folder: string, answers: string): Promise<LocalStack> {
  install();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const env = {
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    LOCALSTACK_VOLUME_DIR: join(folder, 'volume'),
    SERVICES: 's3,stepfunctions,events,sts,iam',
    SFN_MOCK_CONFIG: answers,
    OVERRIDE_IN_DOCKER: '0',
    SKIP_SSL_CERT_DOWNLOAD: '1',
    DNS_ADDRESS: '0',
    DISABLE_EVENTS: '1',
  };
  const ready = async () => (await fetch(`${endpoint}/_localstack/health`)).ok;
  const output = join(folder, 'localstack.txt');
  const server = await startServer(PYTHON, ['-m', 'localstack.runtime.main'], {
    ready,
    env,
    timeoutMs: START_TIMEOUT_MS,
    output,
  });
  return { endpoint, ...server };
}

/** Installs LocalStack (half a gigabyte), unless these requirements are installed already. */
function install(): void {
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  if (existsSync(READY) && readFileSync(READY, 'utf8') === wanted) return;
  process.stderr.write(`installing LocalStack into ${FOLDER}\n`);
  rmSync(FOLDER, { recursive: true, force: true });
  run(PYTHON_313, '-m', 'venv', FOLDER);
  run(PYTHON, '-m', 'pip', 'install', '--quiet', 'uv');
  run(PYTHON, '-m', 'uv', 'pip', 'install', '--quiet', '--python', PYTHON, '-r', REQUIREMENTS);
  writeFileSync(READY, wanted);
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: BY_PYENV });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
}
