import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openApiDocument } from '../../functions/openapi.ts';
import { docsRoutes } from '../../localstack/embedded/docs-routes.ts';
import { openRuntime } from '../../localstack/embedded/runtime.ts';
import { run } from '../../localstack/embedded/trainer/child.ts';
import { findPython } from '../../localstack/embedded/trainer/environment.ts';
import { peerPython } from '../bench/python.ts';
import { describeWith } from '../requirement.ts';

const MINUTE = 60_000;
/** What Schemathesis runs on. */
const OLDEST = [3, 11];
const CONFIG = join(import.meta.dirname, 'fuzz/schemathesis.toml');
const HOOKS = join(import.meta.dirname, 'fuzz/hooks.py');
const SEED = '1';
/** Per operation; with what examples, coverage and shrinking add, more than CASES in all. */
const EXAMPLES = '1550';
const CASES = 5_000;

interface Report {
  readonly complete: boolean;
  readonly operations: { readonly total: number; readonly tested: number };
  readonly test_cases: { readonly generated: number; readonly with_failures: number; readonly errored: number };
  readonly failures: readonly { title: string }[];
}

const version = await findPython().then(
  (python) => python.version.split('.').map(Number),
  () => [0, 0],
);

/** Requests made from our own OpenAPI document, right ones and wrong ones, against the real service over HTTP. */
describeWith(
  'Python 3.11',
  (version[1] ?? 0) >= (OLDEST[1] ?? 0),
  'Install Python 3.11 or later, with venv.',
)('Schemathesis', () => {
  let folder: string;
  let python: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-fuzz-'));
    python = await peerPython('schemathesis', join(import.meta.dirname, 'fuzz/requirements.txt'));
  }, 5 * MINUTE);
  afterAll(() => rm(folder, { recursive: true }));

  const fuzz = async (url: string, examples: string) => {
    const path = join(folder, 'report.json');
    const schemathesis = join(python, '../schemathesis');
    const { status, stdout } = await run(
      schemathesis,
      [
        ...['--config-file', CONFIG, 'run', `${url}/openapi.json`, '--seed', SEED, '-n', examples],
        ...['--workers', '2', '--continue-on-failure', '--phases', 'examples,coverage,fuzzing'],
        ...['--exclude-checks', 'negative_data_rejection'],
        ...['--suppress-health-check', 'all', '--report', 'json', '--report-json-path', path],
      ],
      { cwd: folder, env: { SCHEMATHESIS_HOOKS: HOOKS } },
    );
    return { status, stdout, report: JSON.parse(await readFile(path, 'utf8')) as Report };
  };

  it('finds no failure of the service in five thousand cases', { timeout: 5 * MINUTE }, async () => {
    await using runtime = await openRuntime({ dataDir: join(folder, 'data') });
    const { url } = await runtime.listen(0, docsRoutes);
    const { status, stdout, report } = await fuzz(url, EXAMPLES);
    expect(report.failures, stdout).toEqual([]);
    expect(status, stdout).toBe(0);
    expect(report).toMatchObject({ complete: true, operations: { total: 2, tested: 2 } });
    expect(report.test_cases).toMatchObject({ with_failures: 0, errored: 0 });
    expect(report.test_cases.generated).toBeGreaterThanOrEqual(CASES);
  });

  it('finds a service that takes anything', { timeout: MINUTE }, async () => {
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(request.url === '/openapi.json' ? JSON.stringify(openApiDocument()) : '{}');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { status, report } = await fuzz(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, '10');
    server.close();
    expect(status).toBe(1);
    expect(report.failures.map(({ title }) => title)).toContain('Schema-violating request accepted');
  });
});
