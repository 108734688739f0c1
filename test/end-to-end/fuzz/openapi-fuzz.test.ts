import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openApiDocument } from '../../../functions/platform/build-openapi-document.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import { docsRoutes } from '../../../localstack/embedded/http/api-docs-routes.ts';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { findPython } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { pythonEnvironment } from '../../../localstack/servers/create-peer-virtualenv.ts';
import { describeWith } from '../../support/require-server.ts';

const MINUTE = 60_000;
/** Oldest Python version that Schemathesis supports. */
const OLDEST = [3, 11];
const CONFIG = join(import.meta.dirname, 'schemathesis.toml');
const HOOKS = join(import.meta.dirname, 'schemathesis_check_accepting_partial_rejection.py');
/**
 * Number of seeds, and of random cases per operation and seed. Several seeds are faster, because the time per case
 * grows with the number of cases.
 */
const SEEDS = 8;
const EXAMPLES = 195;
const CASES = 5_000;
/** Phases whose cases depend only on the OpenAPI document, not on the seed. */
const SYSTEMATIC = 'examples,coverage';
const RANDOM = 'fuzzing';

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

/** Sends valid and invalid requests, generated from our OpenAPI document, to the real service over HTTP. */
describeWith(
  'Python 3.11',
  (version[1] ?? 0) >= (OLDEST[1] ?? 0),
  'Install Python 3.11 or later, with venv.',
)('Schemathesis', () => {
  let folder: string;
  let python: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-fuzz-'));
    python = await pythonEnvironment('schemathesis', join(import.meta.dirname, 'requirements.txt'));
  }, 5 * MINUTE);
  afterAll(() => rm(folder, { recursive: true }));

  const fuzz = async (url: string, phases: string, { seed = 1, examples = 1 } = {}) => {
    const path = join(folder, 'report.json');
    const schemathesis = join(python, '../schemathesis');
    const { status, stdout } = await run(
      schemathesis,
      [
        ...['--config-file', CONFIG, 'run', `${url}/openapi.json`, '--seed', String(seed), '-n', String(examples)],
        ...['--continue-on-failure', '--phases', phases],
        ...['--exclude-checks', 'negative_data_rejection'],
        ...['--suppress-health-check', 'all', '--report', 'json', '--report-json-path', path],
      ],
      { cwd: folder, env: { SCHEMATHESIS_HOOKS: HOOKS } },
    );
    return { status, stdout, report: JSON.parse(await readFile(path, 'utf8')) as Report };
  };

  it('find no failure of the service in five thousand cases', { timeout: 12 * MINUTE }, async () => {
    await using runtime = await openRuntime({ dataDir: join(folder, 'data') });
    const { url } = await runtime.listen(0, docsRoutes);
    const runs = [await fuzz(url, SYSTEMATIC)];
    for (let seed = 1; seed <= SEEDS; seed++) runs.push(await fuzz(url, RANDOM, { seed, examples: EXAMPLES }));
    for (const { status, stdout, report } of runs) {
      expect(report.failures, stdout).toEqual([]);
      expect(status, stdout).toBe(0);
      expect(report).toMatchObject({ complete: true, operations: { total: 2, tested: 2 } });
      expect(report.test_cases).toMatchObject({ with_failures: 0, errored: 0 });
    }
    const cases = runs.reduce((sum, { report }) => sum + report.test_cases.generated, 0);
    process.stderr.write(`Schemathesis: ${cases} cases\n`);
    expect(cases).toBeGreaterThanOrEqual(CASES);
  });

  it('detect a service that accepts everything', { timeout: 3 * MINUTE }, async () => {
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(request.url === '/openapi.json' ? JSON.stringify(openApiDocument()) : '{}');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { status, report } = await fuzz(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, SYSTEMATIC);
    server.close();
    expect(status).toBe(1);
    expect(report.failures.map(({ title }) => title)).toContain('Schema-violating request accepted');
  });
});
