import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { HOUR } from '#domain/core/time.ts';
import type { BatchSeams, InterpretedRun } from '#domain/events/all-bricks-seam-types.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { PipelineNight } from '#domain/experiments/live-check-figure-types.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { contentOf, type LoadedVersion, modelRegistry } from '#model-registry/model-registry.ts';
import { postEvents } from '../../../../functions/universe/engine/post-events.ts';
import { simulateHours } from '../../../../functions/universe/engine/simulation-loop.ts';
import { createUniverse } from '../../../../functions/universe/worlds/films/create-universe.ts';
import {
  EMPTY_SLATE,
  serviceSlate,
} from '../../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { CITY_STARTS_AT } from '../../city/simulate-until.ts';
import { simulatedClock } from '../../city/state/simulated-clock.ts';
import { openRuntime, type Runtime } from '../../host/open-runtime.ts';
import type { Trainer } from '../../trainer/local-trainer.ts';
import { isRecord, leavesOf, observed, observerOf } from './wrap-and-record-pipeline-tasks.ts';

export interface PipelineCity {
  readonly seed: number;
  readonly agents: number;
  /** Hours that are simulated before the first night. */
  readonly hours: number;
  /** The model that each training writes. */
  readonly model: LoadedVersion;
}

type Night = PipelineNight['night'];
/** In the first night, no model has been promoted. So a model that a failed run promotes is noticed. */
const NIGHTS: readonly Night[] = ['trainer-fails', 'normal', 'features-fail', 'late-archive'];
/** Error of each night in which a task fails, and the task. */
const FAILURES: Partial<Record<Night, { readonly task: string; readonly error: string }>> = {
  'trainer-fails': { task: 'Train', error: 'States.TaskFailed' },
  'features-fail': { task: 'Features', error: 'BRICK_TEST_LAKE_READ_ONLY' },
};
const TASKS = ['Archive', 'Features', 'Train', 'Evaluate', 'Gate', 'Promote'];
const TITLES = 50;

/**
 * Simulates a small city for some hours, and then runs its pipeline in four nights: a normal one, and three in which
 * something fails or is late.
 *
 * @param dataDir an empty folder
 * @param seams a learner's definition; without one, the reference's is interpreted
 */
export async function runLivePipelines(
  { hours, model, ...size }: PipelineCity,
  dataDir: string,
  seams: Partial<BatchSeams> = {},
  onNight: (night: Night) => void = () => undefined,
): Promise<PipelineNight[]> {
  const clock = simulatedClock(CITY_STARTS_AT);
  let night: Night = 'normal';
  const trainer = trainerOf(model, () => night);
  await using runtime = await openRuntime({
    ...{ dataDir, trainer, now: clock.now, deadlines: hangGuard(), logLevel: 'SILENT' },
    settings: { policy: 'popular', holdbackShare: 0 },
  });
  const universe = createUniverse({ ...size, titles: TITLES, startAt: CITY_STARTS_AT });
  await simulateHours(
    {
      ...{ universe, api: runtime.api, respond: serviceSlate(runtime.api), duringOutage: EMPTY_SLATE },
      ...{ setClock: clock.set, checkpoint: () => {}, settle: async () => {} },
    },
    0,
    hours,
  );
  await runtime.settle(undefined, clock.now());
  const nights: PipelineNight[] = [];
  for (const [i, each] of NIGHTS.entries()) {
    night = each;
    onNight(night);
    if (night === 'late-archive') await postEvents(runtime.api, [lateSignup(clock.now())]);
    nights.push(await runNight(runtime, { night, runId: `run-${i + 1}`, asOf: clock.now() + HOUR, seams }));
  }
  return nights;
}

/** An event that is in the log, but not in the archive. */
const lateSignup = (now: number): ClientEvent => ({
  ...{ type: 'signup', eventId: 'late', userId: 'u-late', country: 'SE', occurredAt: now, sentAt: now },
});

interface NightRun {
  readonly night: Night;
  readonly runId: string;
  readonly asOf: number;
  readonly seams: Partial<BatchSeams>;
}

async function runNight(runtime: Runtime, { night, runId, asOf, seams }: NightRun): Promise<PipelineNight> {
  const before = await championOf(runtime);
  const observer = observerOf(night === 'late-archive', () => runtime.settle(['archive']));
  runtime.useSeams({ interpretPipeline: observed(seams.interpretPipeline, observer) });
  using _lake = night === 'features-fail' ? readOnly(runtime.ports.lake, runFiles(runId).prefix) : undefined;
  let states = 0;
  const stop = runtime.workflow.onState(({ kind }) => {
    if (kind === 'entered') states++;
  });
  const input = { asOf, seed: 1, leaveOneOut: false };
  await runtime.workflow.start(runId, input);
  const { status, error } = await runtime.workflow.ended(runId);
  stop();
  const promoted = (await championOf(runtime)) !== before;
  const { calls, results, isEarly, ended } = observer;
  const failure = FAILURES[night];
  const given = JSON.stringify({ ...input, runId });
  const own = (result: unknown) => leavesOf(result).filter((leaf) => !given.includes(leaf));
  const wrong = wrongEnd({ night, ended, calls, isEarly, promoted, error });
  return {
    ...{ night, status: status as PipelineNight['status'], states, isRight: wrong === undefined },
    ...(wrong !== undefined && { wrong }),
    ...(failure && { isRecorded: isRecord(ended?.record, [[runId], [failure.error], ...results.map(own)]) }),
  };
}

const championOf = async ({ ports }: Runtime) => (await modelRegistry(ports).alias('champion'))?.version;

interface Observation {
  readonly night: Night;
  readonly ended: InterpretedRun | undefined;
  readonly calls: readonly string[];
  /** Whether a task worked with an archive that had not caught up. */
  readonly isEarly: boolean;
  readonly promoted: boolean;
  readonly error?: string;
}

/** Returns how a run differs from the end that its night requires, as a clause whose subject is the run. */
function wrongEnd({ night, ended, calls, isEarly, promoted, error }: Observation): string | undefined {
  const failure = FAILURES[night];
  const reason = error === undefined ? '' : ` (${error})`;
  if (isEarly) return 'used an archive that had not caught up';
  if (!failure) {
    if (ended?.status !== 'SUCCEEDED' || ended.broken)
      return `ended with ${ended?.status} although no task failed${reason}`;
    return night === 'normal' && !promoted ? 'did not promote the model' : undefined;
  }
  if (!calls.includes(failure.task)) return `never called ${failure.task}${reason}`;
  const later = TASKS.slice(TASKS.indexOf(failure.task) + 1).find((task) => calls.includes(task));
  if (promoted) return `promoted a model although ${failure.task} failed`;
  if (later !== undefined) return `called ${later} although ${failure.task} failed`;
  if (ended?.broken) return `did not end as its tasks require${reason}`;
  return ended?.status === 'FAILED' ? undefined : `ended with ${ended?.status} although ${failure.task} failed`;
}

/** An error with the name that a state machine matches in Catch. */
function failing(name: string, message: string): Error {
  const error = new Error(`${name}: ${message}`);
  error.name = name;
  return error;
}

/** Returns a trainer that writes a finished model. In the night in which it fails, it loses its machine afterwards. */
const trainerOf =
  (model: LoadedVersion, night: () => Night): Trainer =>
  ({ lake }) =>
  async ({ runId }) => {
    const { output } = runFiles(runId);
    for (const { role, path } of model.manifest.files) await lake.put(`${output}/${path}`, contentOf(model, role));
    await lake.put(`${output}/manifest.json`, Buffer.from(JSON.stringify(model.manifest)));
    if (night() === 'trainer-fails') throw failing('States.TaskFailed', 'Host EC2 (instance i-0) terminated.');
  };

/** Rejects writes of a run's files until it is disposed. */
function readOnly(lake: Runtime['ports']['lake'], prefix: string): Disposable {
  const { put } = lake;
  const { error = '' } = FAILURES['features-fail'] ?? {};
  lake.put = async (key, bytes) => {
    if (key.startsWith(`${prefix}/`)) throw failing(error, `${key} cannot be written`);
    await put.call(lake, key, bytes);
  };
  return {
    [Symbol.dispose]: () => {
      lake.put = put;
    },
  };
}
