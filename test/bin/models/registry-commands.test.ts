import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { fixtureModel } from '../../../bin/parity/fixture-model.ts';
import { openRuntime, type Runtime } from '../../../localstack/embedded/host/open-runtime.ts';
import { otherModel } from '../../support/fixture-models.ts';
import { agentbricks as inChildProcess } from '../run-command.ts';
import { agentbricks } from '../run-in-process.ts';

const OLD = fixtureModel().manifest.version;
const NEW = otherModel().manifest.version;
const NOON = Date.UTC(2026, 0, 5, 12);

describe('the registry’s commands, while a city serves', () => {
  let home: string;
  let runtime: Runtime;
  let at = NOON;
  const run = (...args: string[]) => agentbricks(...args, '--home', home);
  const json = async (...args: string[]) => {
    const { status, stdout, stderr } = await run(...args, '--json');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return JSON.parse(stdout) as unknown;
  };
  const serving = async () => {
    at += MINUTE;
    const response = await runtime.api({ method: 'GET', path: '/v1/recommendations?userId=ann' });
    return (JSON.parse(response.body) as { modelVersion: string }).modelVersion;
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentbricks-models-'));
    const settings = { holdbackShare: 0, explorationShare: 0 };
    runtime = await openRuntime({ dataDir: join(home, 'worlds/city'), now: () => at, settings, logLevel: 'SILENT' });
    const times = { occurredAt: NOON - 1, sentAt: NOON - 1 };
    const title = { type: 'title', eventId: 'e-1', titleId: 't-0', name: 'Film', genres: [], releasedAt: 0, ...times };
    const body = JSON.stringify({
      events: [title, { type: 'play', eventId: 'e-2', userId: 'ann', titleId: 't-0', ...times }],
    });
    await runtime.api({ method: 'POST', path: '/v1/events', headers: { 'content-type': 'application/json' }, body });
    await runtime.settle();
    const registry = modelRegistry(runtime.ports);
    await registry.register(fixtureModel(), 'run-1');
    await registry.register(otherModel(), 'run-2');
    for (const version of [OLD, NEW]) await registry.setAlias('champion', version, { who: 'pipeline', why: 'better' });
  });
  afterAll(async () => {
    await runtime[Symbol.asyncDispose]();
    await rm(home, { recursive: true });
  });

  it('print the card of an alias or a version, or write it with its charts', async () => {
    const { stdout } = await run('models', 'card');
    expect(stdout).toContain(`# Model ${NEW}`);
    expect(await json('models', 'card', OLD)).toMatchObject({ version: OLD });
    const out = join(home, 'card');
    expect((await run('models', 'card', OLD, '--out', out)).stdout).toContain('model-card.md');
    expect(await readFile(join(out, 'model-card.md'), 'utf8')).toContain(`# Model ${OLD}`);
    const none = await run('models', 'card', 'shadow');
    expect([none.status, none.stderr]).toEqual([
      1,
      expect.stringContaining('The alias shadow points at no version yet'),
    ]);
    expect((await run('models', 'card', 'nothing-like-it')).status).toBe(1);
  });

  it('roll back from another process, and the service follows', async () => {
    expect(await serving()).toBe(NEW);
    const { stdout } = await inChildProcess('rollback', '--why', 'worse', '--home', home, '--json').ended;
    expect(JSON.parse(stdout)).toEqual({ alias: 'champion', from: NEW, to: OLD, why: 'worse' });
    expect(await serving()).toBe(OLD);
    const { status, stderr } = await run('rollback');
    expect(status).toBe(1);
    expect(stderr).toContain('--to none');
  });

  it('print who moved an alias, when and why', async () => {
    expect(await json('models', 'log')).toEqual([
      expect.objectContaining({ from: null, to: OLD, who: 'pipeline' }),
      expect.objectContaining({ from: OLD, to: NEW, why: 'better' }),
      expect.objectContaining({ from: NEW, to: OLD, why: 'worse', rollback: true, changedAt: NOON + 1 }),
    ]);
    expect((await run('models', 'log')).stdout).toContain('rollback: worse');
  });

  it('point an alias only at complete versions or at none, and list all versions', async () => {
    expect(await json('models', 'alias', 'canary', NEW)).toMatchObject({ alias: 'canary', to: NEW, share: 0.1 });
    expect(await json('models', 'list')).toEqual([
      expect.objectContaining({ version: expect.any(String), runId: expect.stringContaining('run-') }),
      expect.objectContaining({ aliases: expect.any(Array) }),
    ]);
    expect((await run('models', 'list')).stdout).toMatch(new RegExp(`${NEW} +canary +run-2`));
    await run('models', 'alias', 'canary', 'none');
    expect((await run('models', 'list')).stdout).not.toContain('canary');
    const { status, stderr } = await run('models', 'alias', 'champion', 'dddddddddddd');
    expect([status, stderr]).toEqual([1, expect.stringContaining('the model version dddddddddddd does not exist')]);
  });

  it('roll back an alias that was cleared, to its version before or to a named version', async () => {
    const alias = (...args: string[]) => json('rollback', '--alias', 'shadow', ...args);
    for (const version of [OLD, 'none']) await run('models', 'alias', 'shadow', version);
    expect(await alias()).toMatchObject({ from: null, to: OLD });
    expect(await alias('--to', 'none')).toMatchObject({ from: OLD, to: null });
    expect(await alias('--to', 'none')).toMatchObject({ from: null, to: null });
    const { status, stderr } = await run('rollback', '--alias', 'shadow');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /which points to no version, cannot be rolled back: .* Name a version with --to \(`agentbricks models list --home \S+` prints/,
    );
    expect(stderr).not.toContain('--to none');
    expect(await alias('--to', NEW)).toMatchObject({ from: null, to: NEW });
    expect(await alias('--to', 'none')).toMatchObject({ from: NEW, to: null });
  });

  it('trace a recommendation back to its events', async () => {
    await serving();
    const headers = { 'x-request-id': 'r-shown' };
    await runtime.api({ method: 'GET', path: '/v1/recommendations?userId=newcomer', headers });
    expect(await json('lineage', '--request', 'r-shown')).toMatchObject({
      exposure: { requestId: 'r-shown', userId: 'newcomer' },
      items: [{ titleId: 't-0', events: { count: 1, latest: [{ eventId: 'e-2', userId: 'ann' }] } }],
    });
    const { stdout } = await run('lineage', '--request', 'r-shown');
    expect(stdout).toMatch(/^request {4}r-shown: user newcomer/);
    expect(stdout).toContain('e-2');
  });

  it('trace a recommendation of a model back to its training data', async () => {
    await serving();
    const headers = { 'x-request-id': 'r-model' };
    await runtime.api({ method: 'GET', path: '/v1/recommendations?userId=ann', headers });
    const { stdout } = await run('lineage', '--request', 'r-model');
    expect(stdout).toMatch(/\nmodel {6}\w{12}, registered by run-\d; all files unchanged\n {11}champion since \S+ by /);
    expect(stdout).toMatch(
      /\ntraining {3}\S+, seed \d+, code \S+, data \S+\ndata {7}[\d,]+ rows as of \S+; files of the run: deleted\n/,
    );
    expect(stdout).toMatch(/\nlake {7}\d+ files contain these records now\n/);
  });

  it.each([
    [['lineage', '--request', 'r-none'], 'r-none'],
    [['rollback', '--world', 'nowhere'], 'the world nowhere does not exist'],
    [['rollback', '--table', 'registry'], '--bucket'],
    [['models', 'alias', 'canary', NEW, '--share', '2'], 'from 0 to 1'],
  ])('reject %j, and name the fix', async (args, message) => {
    const { status, stderr } = await run(...args);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });
});
