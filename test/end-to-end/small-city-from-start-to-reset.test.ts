import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_HOME } from '../../bin/home/world-folders-and-current-world.ts';
import type { CityReport } from '../../localstack/embedded/city/policy-comparison-report.ts';
import { agentbricksFrom } from '../bin/run-command.ts';
import { hasPython, sharedTrainer } from '../support/prepare-shared-trainer.ts';
import { describeWith } from '../support/require-server.ts';

const MINUTE = 60_000;
const SMALL = ['--agents', '6000', '--titles', '400', '--days', '5', '--seed', '1'];
const python = await hasPython();

/** Tests the main use case at a small size: `npm start -- --once --json` in the default home. */
describeWith(
  'Python',
  python,
  'Install Python 3.10 or later.',
)('a city of 6,000 agents', () => {
  let folder: string;
  let report: CityReport;
  const agentbricks = (...args: readonly string[]) => agentbricksFrom(folder, ...args);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-city-'));
    await mkdir(join(folder, DEFAULT_HOME));
    await symlink(await sharedTrainer(), join(folder, DEFAULT_HOME, 'trainer'));
    const { status, stdout, stderr } = await agentbricks('up', '--once', '--json', ...SMALL).ended;
    expect(stderr).toContain('Promote done');
    expect(status).toBe(0);
    report = JSON.parse(stdout) as CityReport;
  }, 10 * MINUTE);
  afterAll(() => rm(folder, { recursive: true }));

  it('has more utility under its champion than under popularity, and most under the oracle', () => {
    const { random, popular, champion, oracle } = report.policies;
    const happiness = [random, popular, champion, oracle].map((policy) => policy?.utilityPerSession ?? 0);
    expect([...happiness].sort((a, b) => a - b)).toEqual(happiness);
    expect(report.lift?.interval[0]).toBeGreaterThan(0);
    expect(report.lift?.oracleShare).toBeGreaterThan(0.2);
  });

  it('has a higher return rate under a better policy', () => {
    const { popular, oracle } = report.policies;
    expect(oracle?.returnRateDay7).toBeGreaterThan(popular?.returnRateDay7 ?? 1);
  });

  it('prints the report of DESIGN.md, with the duration of each phase', () => {
    expect(report.seed).toBe(1);
    expect(report.eventLogHash).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(report.timings)).toEqual(['first-week', 'pipeline', 'twins']);
    expect(report.championVersion).toMatch(/^[0-9a-f]{12}$/);
  });

  it('is resumed, not simulated again, by a second start', async () => {
    const { stdout } = await agentbricks('up', '--once', '--json').ended;
    expect(JSON.parse(stdout)).toEqual(report);
  });

  it('rejects another size, and explains how to change it', async () => {
    const { status, stderr } = await agentbricks('up', '--once', '--agents', '10').ended;
    expect(status).toBe(1);
    expect(stderr).toContain('agentbricks reset');
  });

  it('runs with the champion until it is interrupted, and resumes from there', async () => {
    const living = agentbricks('up', '--port', '0', '--speed', '36000');
    const url = await said(living, /Serving (http:\/\/\S+)/);
    await said(living, /first [\d,]+ events/);
    const slate = await fetch(`${url}/v1/recommendations?userId=u-00001&k=5`);
    expect(((await slate.json()) as { items: unknown[] }).items).toHaveLength(5);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('agentbricks_invocations_total');
    living.interrupt();
    expect((await living.ended).status).toBe(0);
    const { stdout } = await agentbricks('status', '--json').ended;
    const [world] = (JSON.parse(stdout) as { worlds: Record<string, unknown>[] }).worlds;
    expect(world).toMatchObject({ phase: 'living', process: null, champion: report.championVersion });
  });

  it('is deleted by reset', async () => {
    await agentbricks('reset', '--yes').ended;
    const { stdout } = await agentbricks('status').ended;
    expect(stdout).toContain('There is no world yet');
  });
});

/** Waits until a process prints a pattern on stderr. */
async function said({ said: text, ended }: ReturnType<typeof agentbricksFrom>, pattern: RegExp): Promise<string> {
  const gone = ended.then(({ stderr }) => Promise.reject(new Error(`it ended without printing ${pattern}: ${stderr}`)));
  gone.catch(() => undefined);
  for (;;) {
    const found = pattern.exec(text());
    if (found) return found[1] ?? found[0];
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 50))]);
  }
}
