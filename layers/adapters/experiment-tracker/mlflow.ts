import { BrickError } from '#domain/core/errors.ts';
import { SECOND } from '#domain/core/time.ts';
import type { ExperimentTracker, TrackedRun } from '#ports/experiment-tracker.ts';

export interface MlflowOptions {
  /** Base URL of the tracking server. */
  readonly uri: string;
  readonly experiment: string;
  /** As MLflow's own clients take them. @default - the server asks for none */
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  /** For a whole run, milliseconds. @default - 20 seconds */
  readonly patience?: number;
}

export class TrackerOutOfReach extends BrickError {
  override readonly code = 'BRICK_TRACKER_OUT_OF_REACH';
  override readonly retryable = true;
  constructor(uri: string, cause: Error) {
    super(
      {
        what: `MLflow at ${uri} does not answer`,
        why: cause.message,
        fix: 'Start it, correct MLFLOW_TRACKING_URI (an http address), or leave it out; the model itself is registered',
      },
      { cause },
    );
  }
}

export class TrackerRefused extends BrickError {
  override readonly code = 'BRICK_TRACKER_REFUSED';
  readonly status: number;
  constructor(path: string, status: number, body: string) {
    super({
      what: `MLflow answered ${status} to ${path}`,
      why: body.slice(0, SHOWN) || 'it gave no reason',
      fix: 'Look at its log, and at MLFLOW_TRACKING_TOKEN; the model itself is registered',
    });
    this.status = status;
  }
}

const SHOWN = 300;
const PATIENCE = 20 * SECOND;
const NOT_FOUND = 404;
const BAD_REQUEST = 400;
const API = '/api/2.0/mlflow';
const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';
/** The scheme of artifacts that the server itself stores; others need a store's own client. */
const SERVED = /^mlflow-artifacts:(?:\/\/[^/]*)?\//;
/** Identifies a run by `<worldId>/<runId>`, so that a retry finds it. Before worlds had ids, the value was the run id. */
const RUN_TAG = 'agentbricks.run';
const WORLD_TAG = 'agentbricks.world';

type Ask = <Answer>(path: string, request?: object) => Promise<Answer>;
interface Info {
  readonly run_id: string;
  readonly status: string;
  readonly artifact_uri: string;
}

/** Runs go to MLflow by its REST API: no Python, nothing to install. */
export const mlflowTracker = (options: MlflowOptions): ExperimentTracker => ({
  record: async (run) => {
    const signal = AbortSignal.timeout(options.patience ?? PATIENCE);
    const call = callerOf(options, signal);
    const ask: Ask = async (path, request) =>
      (await call(request ? 'POST' : 'GET', `${API}/${path}`, request && JSON.stringify(request))).json();
    const experiment = await experimentOf(ask, options.experiment);
    const info =
      (await found(ask, experiment, run)) ??
      (await adopted(ask, experiment, run)) ??
      (await begun(ask, experiment, run));
    if (info.status === 'FINISHED') return;
    await ask('runs/log-batch', {
      run_id: info.run_id,
      metrics: Object.entries(run.metrics).map(([key, value]) => ({ key, value, timestamp: run.trainedAt, step: 0 })),
      params: pairs(run.parameters),
    });
    if (SERVED.test(info.artifact_uri)) {
      const folder = info.artifact_uri.replace(SERVED, '');
      for (const [name, bytes] of Object.entries(run.files)) await call('PUT', `${ARTIFACTS}/${folder}/${name}`, bytes);
    }
    await ask('runs/update', { run_id: info.run_id, status: 'FINISHED', end_time: run.trainedAt });
  },
});

const pairs = (named: Readonly<Record<string, string>>) =>
  Object.entries(named).map(([key, value]) => ({ key, value }));

/** @throws TrackerRefused, TrackerOutOfReach */
function callerOf({ uri, token, username, password }: MlflowOptions, signal: AbortSignal) {
  const base = uri.replace(/\/+$/, '');
  const basic = username && Buffer.from(`${username}:${password ?? ''}`).toString('base64');
  const authorization = token ? `Bearer ${token}` : basic && `Basic ${basic}`;
  const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) };
  return async (method: 'GET' | 'POST' | 'PUT', path: string, body?: string | Uint8Array): Promise<Response> => {
    let response: Response;
    try {
      response = await fetch(`${base}${path}`, { method, headers, body: body as BodyInit, signal });
    } catch (error) {
      throw new TrackerOutOfReach(base, error as Error);
    }
    if (!response.ok) throw new TrackerRefused(path, response.status, await response.text());
    return response;
  };
}

/** The experiment's id; two runs may make it at once. */
async function experimentOf(ask: Ask, name: string): Promise<string> {
  const known = async () => {
    const path = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    return (await ask<{ experiment: { experiment_id: string } }>(path)).experiment.experiment_id;
  };
  const unless = (status: number) => (error: unknown) => {
    if (error instanceof TrackerRefused && error.status === status) return undefined;
    throw error;
  };
  const found = await known().catch(unless(NOT_FOUND));
  if (found !== undefined) return found;
  await ask('experiments/create', { name }).catch(unless(BAD_REQUEST));
  return known();
}

const runKeyOf = ({ worldId, runId }: TrackedRun): string => `${worldId}/${runId}`;
const taggedAs = (value: string): string => `tags.\`${RUN_TAG}\` = '${value}'`;

const found = (ask: Ask, experiment: string, run: TrackedRun) => searched(ask, experiment, taggedAs(runKeyOf(run)));

/** Finds a run that was recorded under its run id only, and gives it this world's id. Its start time identifies the world. */
async function adopted(ask: Ask, experiment: string, run: TrackedRun): Promise<Info | undefined> {
  const filter = `${taggedAs(run.runId)} AND attributes.start_time = ${run.trainedAt}`;
  const info = await searched(ask, experiment, filter);
  if (!info) return undefined;
  for (const tag of pairs(identityOf(run))) await ask('runs/set-tag', { run_id: info.run_id, ...tag });
  return info;
}

async function searched(ask: Ask, experiment: string, filter: string): Promise<Info | undefined> {
  const request = { experiment_ids: [experiment], filter, max_results: 1 };
  const { runs = [] } = await ask<{ runs?: { info: Info }[] }>('runs/search', request);
  return runs[0]?.info;
}

async function begun(ask: Ask, experiment: string, run: TrackedRun): Promise<Info> {
  const request = {
    experiment_id: experiment,
    run_name: run.runId,
    start_time: run.trainedAt,
    tags: pairs({ ...run.tags, ...identityOf(run) }),
  };
  return (await ask<{ run: { info: Info } }>('runs/create', request)).run.info;
}

const identityOf = (run: TrackedRun) => ({ [WORLD_TAG]: run.worldId, [RUN_TAG]: runKeyOf(run) });
