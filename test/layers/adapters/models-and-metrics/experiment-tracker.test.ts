import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, disconnect } from '#adapters/composition/connect-ports.ts';
import { readConfig } from '#adapters/composition/read-config.ts';
import { mlflowTracker } from '#adapters/experiment-tracker/mlflow.ts';
import { worldId } from '#model-registry/get-or-create-world-id.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { ExperimentTracker, TrackedRun } from '#ports/experiment-tracker.ts';
import { fixtureModel } from '../../../../bin/parity/fixture-model.ts';
import { evaluate } from '../../../../functions/model-training/evaluate/handler.ts';
import { type Mlflow, startMlflow } from '../../../../localstack/servers/start-mlflow.ts';
import { call, type HandlerFixture, handlerFixture } from '../../../functions/handler-fixture.ts';
import { putOutput } from '../../../support/fixture-models.ts';
import { hasPython } from '../../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../../support/require-server.ts';

const { manifest } = fixtureModel();
const FIVE_MINUTES = 300_000;

/** Stores a training's output, and runs the function `evaluate` on it. */
async function evaluateWith(bench: HandlerFixture, runId: string, tracker?: ExperimentTracker) {
  await putOutput(bench.lake, runId, fixtureModel());
  return call(evaluate({ ...bench, tracker }), { runId }, 'evaluate');
}

describe('a run whose MLflow server', () => {
  let bench: HandlerFixture;
  const open: { close(): unknown; closeAllConnections(): void }[] = [];
  beforeEach(() => {
    bench = handlerFixture();
  });
  afterEach(() => {
    bench[Symbol.dispose]();
    for (const server of open.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  const serverThat = async (responds: RequestListener) => {
    const server = createServer(responds);
    open.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const NOWHERE = 'http://127.0.0.1:9';

  it.each([
    ['is down', async () => NOWHERE, 'does not respond'],
    ['never responds', () => serverThat(() => {}), 'does not respond'],
    [
      'rejects the password',
      () => serverThat((_, response) => response.writeHead(401).end('who are you?')),
      'who are you?',
    ],
    ['returns HTML', () => serverThat((_, response) => response.end('<html>')), 'JSON'],
    ['has no http address', async () => 'file:./mlruns', 'HTTP address'],
  ])('%s is registered, with a warning', async (_, address, reason) => {
    const tracker = mlflowTracker({ uri: await address(), experiment: 'e', timeoutMs: 200 });
    await evaluateWith(bench, 'run-1', tracker);
    expect((await modelRegistry(bench).alias('candidate'))?.version).toBe(manifest.version);
    expect(bench.telemetry.counts.get('TrackingFailed')).toBe(1);
    expect(bench.telemetry.logged).toEqual([
      {
        level: 'warn',
        message: expect.any(String),
        fields: { runId: 'run-1', reason: expect.stringContaining(reason) },
      },
    ]);
  });

  it('requires credentials is recorded with those of MLflow’s own variables', async () => {
    const received: (string | undefined)[] = [];
    const url = await serverThat(({ headers }, response) => {
      received.push(headers.authorization);
      response.writeHead(403).end();
    });
    const secrets = [
      { MLFLOW_TRACKING_TOKEN: 'secret' },
      { MLFLOW_TRACKING_USERNAME: 'ann', MLFLOW_TRACKING_PASSWORD: 'pass' },
      {},
    ];
    for (const [i, secret] of secrets.entries()) {
      const DATA_DIR = join(bench.folder, `data-${i}`);
      const ports = await connect(readConfig({ DATA_DIR, MLFLOW_TRACKING_URI: url, ...secret }), {
        telemetry: bench.telemetry,
        metricReader: { sum: async () => 0 },
      });
      await evaluateWith(bench, 'run-1', ports.tracker);
      await disconnect(ports);
    }
    expect(received).toEqual(['Bearer secret', `Basic ${Buffer.from('ann:pass').toString('base64')}`, undefined]);
  });

  it('is not configured is registered without a warning', async () => {
    await evaluateWith(bench, 'run-1');
    expect(bench.telemetry.logged).toEqual([]);
  });
});

describe('the id of a world', () => {
  it('is created once, even by concurrent callers, and differs from every other world’s', async () => {
    using one = handlerFixture();
    using other = handlerFixture();
    const ids = await Promise.all([1, 2, 3].map(() => worldId(one.registry)));
    expect(new Set([...ids, await worldId(one.registry)]).size).toBe(1);
    expect(await worldId(other.registry)).not.toBe(ids[0]);
  });
});

describeWith(
  'Python 3',
  await hasPython(),
  'Install Python 3 with its venv module: MLflow comes from PyPI.',
)('with a real MLflow server', () => {
  let mlflow: Mlflow;
  let tracker: ExperimentTracker;
  beforeAll(async () => {
    mlflow = await startMlflow();
    tracker = mlflowTracker({ uri: mlflow.url, experiment: 'films at night' });
  }, FIVE_MINUTES);
  afterAll(() => mlflow?.[Symbol.asyncDispose]());

  interface Run {
    readonly info: { run_id: string; experiment_id: string; run_name: string; status: string; artifact_uri: string };
    readonly data: Record<'metrics' | 'params' | 'tags', { key: string; value: string | number }[]>;
  }
  const callApi = async <Reply>(path: string, request?: object) => {
    const method = request ? 'POST' : 'GET';
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${mlflow.url}${path}`, { method, headers, body: request && JSON.stringify(request) });
    expect(response.status).toBe(200);
    return (await response.json()) as Reply;
  };
  const experimentId = async (name = 'films at night') => {
    const path = `/api/2.0/mlflow/experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    return (await callApi<{ experiment: { experiment_id: string } }>(path)).experiment.experiment_id;
  };
  const runsOf = async (runId: string) => {
    const request = { experiment_ids: [await experimentId()], filter: `attributes.run_name = '${runId}'` };
    return (await callApi<{ runs?: Run[] }>('/api/2.0/mlflow/runs/search', request)).runs ?? [];
  };
  const asObject = (pairs: { key: string; value: string | number }[]) =>
    Object.fromEntries(pairs.map(({ key, value }) => [key, value]));

  it('a run is recorded with parameters, metrics with intervals, version and manifest', async () => {
    using bench = handlerFixture();
    await evaluateWith(bench, 'run-complete', tracker);
    expect(bench.telemetry.logged).toEqual([]);
    const [run] = await runsOf('run-complete');
    expect(run?.info.status).toBe('FINISHED');
    expect(asObject(run?.data.metrics ?? [])).toMatchObject({
      'globalTime/candidate/ndcg_at_10': 0.1,
      'globalTime/candidate/ndcg_at_10/low': 0.05,
      'gate/difference/high': 0.15,
      'rows/titles': manifest.titles.length,
    });
    expect(asObject(run?.data.params ?? [])).toMatchObject({ seed: '0', dataHash: 'fixture', incumbent: 'popular' });
    expect(asObject(run?.data.tags ?? [])).toMatchObject({ 'agentbricks.version': manifest.version });
    const folder = run?.info.artifact_uri.replace(/^mlflow-artifacts:\//, '');
    expect(await callApi(`/api/2.0/mlflow-artifacts/artifacts/${folder}/manifest.json`)).toEqual(manifest);
  });

  it('a run that is recorded twice, or was interrupted, exists once and is complete', async () => {
    using bench = handlerFixture();
    await evaluateWith(bench, 'run-again', tracker);
    await evaluateWith(bench, 'run-again', tracker);
    expect(await runsOf('run-again')).toHaveLength(1);
    const tags = [{ key: 'agentbricks.run', value: `${await worldId(bench.registry)}/run-cut` }];
    const begun = { experiment_id: await experimentId(), run_name: 'run-cut', tags };
    await callApi('/api/2.0/mlflow/runs/create', begun);
    await evaluateWith(bench, 'run-cut', tracker);
    const [run, ...others] = await runsOf('run-cut');
    expect([run?.info.status, others]).toEqual(['FINISHED', []]);
    expect(run?.data.metrics.length).toBeGreaterThan(5);
  });

  it('runs of the same name in two worlds, and after a reset, are recorded as separate runs, each once', async () => {
    using first = handlerFixture();
    using second = handlerFixture();
    using afterReset = handlerFixture();
    for (const bench of [first, second, first, afterReset, second]) await evaluateWith(bench, 'run-1', tracker);
    const runs = await runsOf('run-1');
    const worlds = runs.map(({ data }) => asObject(data.tags)['agentbricks.world']);
    const expected = await Promise.all([first, second, afterReset].map(({ registry }) => worldId(registry)));
    expect(worlds.toSorted()).toEqual(expected.toSorted());
    expect(runs.every(({ info }) => info.status === 'FINISHED')).toBe(true);
  });

  it('a run that was recorded before worlds had ids is found by the world that trained it, and by no other', async () => {
    using bench = handlerFixture();
    using other = handlerFixture();
    const begun = {
      experiment_id: await experimentId(),
      run_name: 'run-older',
      tags: [{ key: 'agentbricks.run', value: 'run-older' }],
    };
    const start = (start_time: number) => callApi('/api/2.0/mlflow/runs/create', { ...begun, start_time });
    await start(manifest.trainedAt - 1);
    await start(manifest.trainedAt);
    await evaluateWith(bench, 'run-older', tracker);
    await evaluateWith(bench, 'run-older', tracker);
    await evaluateWith(other, 'run-older', tracker);
    const worlds = (await runsOf('run-older')).map(({ data }) => asObject(data.tags)['agentbricks.world']);
    const expected = [await worldId(bench.registry), await worldId(other.registry), undefined];
    expect(worlds.toSorted()).toEqual(expected.toSorted());
  });

  it('two concurrent runs share a new experiment', async () => {
    const other = mlflowTracker({ uri: `${mlflow.url}/`, experiment: 'new' });
    const run = (runId: string): TrackedRun => ({
      worldId: 'w',
      runId,
      trainedAt: 1,
      parameters: {},
      metrics: { a: 1 },
      tags: {},
      files: {},
    });
    await Promise.all([other.record(run('one')), other.record(run('two'))]);
    const request = { experiment_ids: [await experimentId('new')] };
    const { runs } = await callApi<{ runs: Run[] }>('/api/2.0/mlflow/runs/search', request);
    expect(runs.map(({ info }) => info.run_name).sort()).toEqual(['one', 'two']);
  });
});
