import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { interruptQueries } from '#adapters/duckdb/open-duckdb.ts';
import type { FolderLock } from '#adapters/sqlite/folder-lock.ts';
import { HOUR } from '#domain/core/time.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import type { Universe } from '../../../functions/universe/worlds/films/create-universe.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import type { WaitingConsumer } from '../aws/event-source-mapping.ts';
import type { StateChange } from '../aws/step-functions.ts';
import { openRuntime, type Runtime } from '../host/open-runtime.ts';
import type { Pause } from '../process/retry-passing-faults.ts';
import type { Trainer } from '../trainer/local-trainer.ts';
import { faultCounter, type ServingFaults } from './count-serving-faults.ts';
import type { TwinName, TwinsReport } from './policy-comparison-report.ts';
import { CITY_STARTS_AT, HOURS_PER_DAY, restoreUniverse, simulateUntil } from './simulate-until.ts';
import { eventLogHash } from './state/event-log-hash.ts';
import type { CitySize, Phase } from './state/persist-size-and-phase.ts';
import { simulatedClock } from './state/simulated-clock.ts';
import { runTwins } from './twins/run-twins.ts';

/** Receives the events of a city. Calls are synchronous and must return quickly. */
export interface CityListener {
  onPhase?(phase: Phase, size: CitySize): void;
  onHour?(filmHour: FilmHour, universe: Universe): void;
  onState?(change: StateChange): void;
  /** Called when a pipeline run has ended, whether or not it succeeded. */
  onRun?(run: WorkflowRun): void;
  onTwinDay?(policy: TwinName, day: number, sessions: number): void;
  /** Called with a runtime when it starts to serve the city, and with undefined when it closes. */
  onRuntime?(runtime: Runtime | undefined): void;
  /** Called when a consumer of the log fails and waits before it retries, and when it has resumed. */
  onWaiting?(consumer: WaitingConsumer): void;
  onResumed?(consumer: WaitingConsumer): void;
  /** Called when the simulation waits, for instance because the disk is full, and with undefined when it continues. */
  onPaused?(pause: Pause | undefined): void;
}

/** Returns the runtime's options that tell a listener about consumers that wait. */
export const consumersOf = ({ onWaiting, onResumed }: CityListener) => ({ onWaiting, onResumed });

/** A city on disk, with the resources that its phases need. */
export interface City {
  readonly dataDir: string;
  /** Lock of the folder. It is held until all phases have ended, because no other process may change the world between two phases. */
  readonly lock?: FolderLock;
  readonly size: CitySize;
  /** Resolves once the trainer is prepared. If it is absent or resolves to undefined, no model is trained. */
  readonly trainer?: Promise<Trainer | undefined>;
  readonly listener: CityListener;
  readonly signal: AbortSignal;
}

/**
 * Exploration share of the first week, twice the default: the gate evaluates models on plays of randomly chosen titles,
 * of which none exist yet.
 */
export const FIRST_EXPLORATION = 0.1;

export interface FirstWeek {
  readonly eventLogHash: string;
  /** Faults since this process started. Hours that an earlier process simulated are not included. */
  readonly faults: ServingFaults;
}

/** Simulates the first period, in which popularity serves all agents. */
export async function firstWeek(city: City): Promise<FirstWeek> {
  const { dataDir, lock, size, listener, signal } = city;
  const clock = simulatedClock(CITY_STARTS_AT);
  const guard = hangGuard();
  const settings = { policy: 'popular', holdbackShare: 0, explorationShare: FIRST_EXPLORATION } as const;
  await using runtime = await openRuntime({
    dataDir,
    lock,
    now: clock.now,
    settings,
    deadlines: guard,
    ...consumersOf(listener),
  });
  listener.onRuntime?.(runtime);
  try {
    const restored = restoreUniverse(size, dataDir);
    const faults = faultCounter(guard);
    const onHour = (filmHour: FilmHour) => {
      faults.add(filmHour);
      listener.onHour?.(filmHour, restored.universe);
    };
    const { onPaused } = listener;
    const untilHour = size.days * HOURS_PER_DAY;
    await simulateUntil({ runtime, clock, dataDir, restored, untilHour, onHour, onPaused, signal });
    return { eventLogHash: await eventLogHash(runtime.ports.eventLog), faults: faults.total() };
  } finally {
    listener.onRuntime?.(undefined);
  }
}

/** Trains a model on all data so far. It becomes the champion if it is significantly better than popularity. */
export async function firstPipeline(city: City): Promise<WorkflowRun | undefined> {
  const { dataDir, lock, size, listener, signal } = city;
  const trainer = await city.trainer;
  if (!trainer) return undefined;
  const asOf = CITY_STARTS_AT + size.days * HOURS_PER_DAY * HOUR;
  await using runtime = await openRuntime({ dataDir, lock, now: () => asOf, trainer, ...consumersOf(listener) });
  listener.onRuntime?.(runtime);
  try {
    return await runPipeline(runtime, { asOf, seed: size.seed, leaveOneOut: false }, { listener, signal });
  } finally {
    listener.onRuntime?.(undefined);
  }
}

/** Runs the pipeline under a new run id; `signal` stops it. */
export async function runPipeline(
  runtime: Runtime,
  input: { readonly asOf: number; readonly seed: number; readonly leaveOneOut: boolean },
  { listener, signal }: Pick<City, 'listener' | 'signal'>,
): Promise<WorkflowRun> {
  const [last] = await runtime.workflow.list(1);
  const number = Number(last?.runId.split('-').at(-1) ?? 0) + 1;
  const stop = () => {
    void runtime.workflow[Symbol.asyncDispose]();
    // The state Features would otherwise continue for minutes.
    interruptQueries();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const run = await runtime.runPipeline(
      { runId: `run-${number}`, ...input },
      (change) => listener.onState?.(change),
      (broken) => listener.onRun?.(broken),
    );
    signal.throwIfAborted();
    listener.onRun?.(run);
    return run;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Simulates the second period once under each policy. */
export async function twins({ dataDir, size, listener, signal }: City, hasChampion: boolean): Promise<TwinsReport> {
  const onDay = listener.onTwinDay?.bind(listener);
  return runTwins({ dataDir, size, hasChampion, onDay, signal });
}
