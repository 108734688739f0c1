import { BrickError } from '#domain/core/brick-error.ts';
import { SECOND } from '#domain/core/time.ts';
import type { ExperimentTracker, TrackedRun } from '#ports/experiment-tracker.ts';

export interface MlflowOptions {
  /** Base URL of the tracking server. */
  readonly uri: string;
  readonly experiment: string;
  /** Credentials, as for MLflow's own clients: a token, or a user name and a password. @default - none */
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  /** Time limit for recording a run, in milliseconds. @default - 20 seconds */
  readonly timeoutMs?: number;
}

export class TrackerOutOfReach extends BrickError {
  override readonly code = 'BRICK_TRACKER_OUT_OF_REACH';
  override readonly retryable = true;
  constructor(uri: string, cause: Error) {
    super(
      {
        what: `MLflow at ${uri} does not respond`,
        why: cause.message,
        fix: 'Start MLflow, or correct the variable MLFLOW_TRACKING_URI (an HTTP address), or unset it. The model was registered in spite of this error',
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
      what: `MLflow returned HTTP status ${status} for ${path}`,
      why: body.slice(0, LONGEST_QUOTE) || 'the response has no body',
      fix: 'Check the log of MLflow, and the variable MLFLOW_TRACKING_TOKEN. The model was registered in spite of this error',
    });
    this.status = status;
  }
}

/** Maximum number of characters of a response in an error message. */
const LONGEST_QUOTE = 300;
/** Default time limit for recording a run, in milliseconds. */
const TIMEOUT = 20 * SECOND;
const NOT_FOUND = 404;
const BAD_REQUEST = 400;
const API = '/api/2.0/mlflow';
const ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts';
/** Scheme of artifacts that the MLflow server stores itself. Other schemes need the client of another store. */
const SERVER_ARTIFACTS = /^mlflow-artifacts:(?:\/\/[^/]*)?\//;
/**
 * Identifies a run by `<worldId>/<runId>`, so that a retry finds it. Before worlds had ids, the value was the run id.
 */
const RUN_TAG = 'agentbricks.run';
const WORLD_TAG = 'agentbricks.world';

/** Calls a method of MLflow's REST API. */
type CallApi = <Reply>(path: string, request?: object) => Promise<Reply>;
interface RunInfo {
  readonly run_id: string;
  readonly status: string;
  readonly artifact_uri: string;
}

/** Returns a tracker that records runs with MLflow's REST API. It needs neither Python nor an MLflow client. */
export const mlflowTracker = (options: MlflowOptions): ExperimentTracker => ({
  record: async (run) => {
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT);
    const call = callerOf(options, signal);
    const callApi: CallApi = async (path, request) =>
      (await call(request ? 'POST' : 'GET', `${API}/${path}`, request && JSON.stringify(request))).json();
    const experiment = await experimentOf(callApi, options.experiment);
    const info =
      (await findRun(callApi, experiment, run)) ??
      (await adoptRun(callApi, experiment, run)) ??
      (await createRun(callApi, experiment, run));
    if (info.status === 'FINISHED') return;
    await callApi('runs/log-batch', {
      run_id: info.run_id,
      metrics: Object.entries(run.metrics).map(([key, value]) => ({ key, value, timestamp: run.trainedAt, step: 0 })),
      params: pairs(run.parameters),
    });
    if (SERVER_ARTIFACTS.test(info.artifact_uri)) {
      const folder = info.artifact_uri.replace(SERVER_ARTIFACTS, '');
      for (const [name, bytes] of Object.entries(run.files)) await call('PUT', `${ARTIFACTS}/${folder}/${name}`, bytes);
    }
    await callApi('runs/update', { run_id: info.run_id, status: 'FINISHED', end_time: run.trainedAt });
  },
});

const pairs = (named: Readonly<Record<string, string>>) =>
  Object.entries(named).map(([key, value]) => ({ key, value }));

/** Returns a function that sends a request to MLflow. @throws TrackerRefused, TrackerOutOfReach */
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

/** Returns the id of an experiment, and creates it if necessary. Concurrent runs may create it at the same time. */
async function experimentOf(callApi: CallApi, name: string): Promise<string> {
  const lookUp = async () => {
    const path = `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`;
    return (await callApi<{ experiment: { experiment_id: string } }>(path)).experiment.experiment_id;
  };
  const ignore = (status: number) => (error: unknown) => {
    if (error instanceof TrackerRefused && error.status === status) return undefined;
    throw error;
  };
  const found = await lookUp().catch(ignore(NOT_FOUND));
  if (found !== undefined) return found;
  await callApi('experiments/create', { name }).catch(ignore(BAD_REQUEST));
  return lookUp();
}

const runKeyOf = ({ worldId, runId }: TrackedRun): string => `${worldId}/${runId}`;
const taggedAs = (value: string): string => `tags.\`${RUN_TAG}\` = '${value}'`;

const findRun = (callApi: CallApi, experiment: string, run: TrackedRun) =>
  searchRuns(callApi, experiment, taggedAs(runKeyOf(run)));

/** Finds a run that was recorded before worlds had ids, by its start time, and tags it with this world's id. */
async function adoptRun(callApi: CallApi, experiment: string, run: TrackedRun): Promise<RunInfo | undefined> {
  const filter = `${taggedAs(run.runId)} AND attributes.start_time = ${run.trainedAt}`;
  const info = await searchRuns(callApi, experiment, filter);
  if (!info) return undefined;
  for (const tag of pairs(identityOf(run))) await callApi('runs/set-tag', { run_id: info.run_id, ...tag });
  return info;
}

async function searchRuns(callApi: CallApi, experiment: string, filter: string): Promise<RunInfo | undefined> {
  const request = { experiment_ids: [experiment], filter, max_results: 1 };
  const { runs = [] } = await callApi<{ runs?: { info: RunInfo }[] }>('runs/search', request);
  return runs[0]?.info;
}

async function createRun(callApi: CallApi, experiment: string, run: TrackedRun): Promise<RunInfo> {
  const request = {
    experiment_id: experiment,
    run_name: run.runId,
    start_time: run.trainedAt,
    tags: pairs({ ...run.tags, ...identityOf(run) }),
  };
  return (await callApi<{ run: { info: RunInfo } }>('runs/create', request)).run.info;
}

const identityOf = (run: TrackedRun) => ({ [WORLD_TAG]: run.worldId, [RUN_TAG]: runKeyOf(run) });
