import { join } from 'node:path';
import { connect, disconnect } from '#adapters/composition/connect-ports.ts';
import { type Config, readConfig, settingsOf } from '#adapters/composition/read-config.ts';
import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { realDeadlines } from '#adapters/deadlines/real-time-deadlines.ts';
import type { FolderLock } from '#adapters/sqlite/folder-lock.ts';
import { powertoolsTelemetry } from '#adapters/telemetry/powertools.ts';
import type { Settings } from '#domain/core/recommendation-settings-types.ts';
import { type Now, SECOND } from '#domain/core/time.ts';
import type { BatchSeams, InterpretPipeline } from '#domain/events/all-bricks-seam-types.ts';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import type { PipelineInput } from '#domain/models/pipeline-run-input-and-files.ts';
import type { Ports } from '#ports/index.ts';
import type { Deadlines } from '#ports/request-deadlines.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import type { SloStatus } from '../../../functions/monitoring/watch-slo/handler.ts';
import { handlers, type Invoke, type Wiring } from '../../../functions/platform/handlers-by-trigger.ts';
import { reference } from '../../../functions/platform/seams-in-lambda-bundle.ts';
import { type TriggerName, triggers } from '../../../functions/triggers.ts';
import { contextOf, gateway, type InvokeFunction } from '../aws/api-gateway.ts';
import { localMetrics } from '../aws/emf-to-prometheus-and-minute-sums.ts';
import { type EventSourcePorts, eventSource, type WaitingConsumer } from '../aws/event-source-mapping.ts';
import {
  type LocalWorkflow,
  localWorkflow,
  referenceRunOf,
  type StateChange,
  type TrainJob,
} from '../aws/step-functions.ts';
import { type HttpServer, httpServer, type Route } from '../http/http-server.ts';
import { checkRequiredFiles, requireFiles, STORES } from '../storage/record-and-check-required-files.ts';
import { lockWorld } from '../storage/replace-world.ts';
import type { Trainer } from '../trainer/local-trainer.ts';

export interface RuntimeOptions extends Pick<EventSourcePorts, 'onWaiting' | 'onResumed'> {
  /** Folder of one world: its log, tables and objects. Only one process may use it. */
  readonly dataDir: string;
  /**
   * Lock of the folder that the caller holds, for instance because it opens several runtimes one after another.
   *
   * @default - the runtime locks the folder until it closes
   */
  readonly lock?: FolderLock;
  /** Source of the current time. @default - the wall clock */
  readonly now?: Now;
  /**
   * Time limits of stages and functions.
   *
   * @default - production's limits; if `now` is given, time is simulated and only a guard against hanging code applies
   */
  readonly deadlines?: Deadlines;
  /** Settings that override the environment's (layers/adapters/composition/read-config.ts). @default - none */
  readonly settings?: Partial<Settings>;
  /** Runs the container job of the state Train. @default - the state fails with an explanation */
  readonly trainer?: Trainer;
  /** Log level. @default - ERROR, so that progress stays readable; `/metrics` counts degraded slates */
  readonly logLevel?: Config['LOG_LEVEL'];
}

export interface Runtime extends AsyncDisposable {
  readonly ports: Ports;
  readonly workflow: LocalWorkflow;
  /** The HTTP API without a socket. */
  readonly api: Api;
  readonly metrics: ReturnType<typeof localMetrics>;
  /** Invokes one function with an event, as its trigger would. */
  readonly invoke: InvokeFunction;
  /**
   * Runs the pipeline until it ends, whether or not it succeeds. A run that already exists is not repeated. A run that a
   * learner's definition broke is made again under another id, with the reference's definition.
   *
   * @param onBroken receives a broken run before it is made again
   */
  runPipeline(
    input: PipelineInput,
    onState?: (change: StateChange) => void,
    onBroken?: (run: WorkflowRun) => void,
  ): Promise<WorkflowRun>;
  /**
   * Delivers the records in the log to their consumers. Waits for consumers that fail, for instance while the disk is full.
   *
   * @param only functions that receive records @default - all
   * @param until latest ingest time to deliver, UTC epoch milliseconds @default - no limit
   * @param signal stops waiting
   */
  settle(only?: readonly TriggerName[], until?: number, signal?: AbortSignal): Promise<void>;
  /** Delivers records like `settle`, but does not wait for a consumer that fails. A later call retries. */
  deliver(only?: readonly TriggerName[]): Promise<void>;
  /** Returns the consumers that wait before a retry. */
  readonly waitingConsumers: () => readonly WaitingConsumer[];
  /** Serves HTTP on 127.0.0.1. @param port 0 selects a free port */
  listen(port: number, routes?: readonly Route[]): Promise<HttpServer>;
  /** Replaces functions of the reference implementation. Seams that are absent in `seams` use the reference again. */
  useSeams(seams: Partial<BatchSeams>): void;
  /** Whether a function of the reference implementation has been replaced since the runtime was opened. */
  readonly usedLearnersCode: () => boolean;
}

/**
 * Opens the complete system in this process: real event formats, real handlers, embedded adapters. Only one process may open a
 * world.
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataDir, now = Date.now, logLevel = 'ERROR' } = options;
  const { deadlines = options.now ? hangGuard() : realDeadlines() } = options;
  const config = { ...readConfig(), DATA_DIR: dataDir };
  const lock = lockComplete(options);
  const metrics = localMetrics(now);
  const labels = { namespace: config.METRICS_NAMESPACE, service: 'embedded', logLevel };
  const telemetry = powertoolsTelemetry({ ...labels, onMetrics: metrics.take });
  const invoke: InvokeFunction = (name, event) => watched(name, invoker(name, event));
  const { trainer } = options;
  const train =
    trainer && ((job: TrainJob, signal: AbortSignal) => trainer(ports, seams.current.trainOutside)(job, signal));
  const seams = replaceableSeams();
  const watched = afterSloWatch((burning) => seams.current.watchMetrics?.(metrics.history, burning));
  const interpret: InterpretPipeline = (run) => seams.current.interpretPipeline?.(run);
  const workflow = localWorkflow({ folder: join(dataDir, 'runs'), invoke, train, now, interpret });
  const ports: Ports = await connect(config, { telemetry, metricReader: metrics.reader, now, deadlines });
  requireFiles(dataDir, STORES);
  const api = gateway(invoke);
  const settings = { ...settingsOf(config), ...options.settings };
  const invoker = functionInvoker({ ports, settings, seams: seams.current, api });
  const servers: HttpServer[] = [];
  return {
    ports,
    workflow,
    api,
    metrics,
    invoke,
    runPipeline: pipelineRunner(workflow),
    ...delivery({ eventLog: ports.eventLog, invoke, onWaiting: options.onWaiting, onResumed: options.onResumed }),
    listen: async (port, routes = []) => {
      const server = await httpServer({ api, metrics, port, routes });
      servers.push(server);
      return server;
    },
    useSeams: seams.replace,
    usedLearnersCode: seams.haveBeenReplaced,
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) await server.close();
      await workflow[Symbol.asyncDispose]();
      await disconnect(ports);
      lock?.release();
    },
  };
}

/** Locks a world unless the caller has. @returns the lock to release @throws FolderInUse, MissingWorldFile */
function lockComplete({ dataDir, lock }: RuntimeOptions): FolderLock | undefined {
  const own = lock ? undefined : lockWorld(dataDir);
  try {
    checkRequiredFiles(dataDir);
    return own;
  } catch (error) {
    own?.release();
    throw error;
  }
}

function delivery(ports: EventSourcePorts): Pick<Runtime, 'settle' | 'deliver' | 'waitingConsumers'> {
  const consumers = eventSource(ports);
  return {
    settle: (only, until, signal) => consumers.drain({ only, until, signal }),
    deliver: (only) => consumers.deliver({ only }),
    waitingConsumers: consumers.waiting,
  };
}

const pipelineRunner =
  (workflow: LocalWorkflow): Runtime['runPipeline'] =>
  async ({ runId, ...input }, onState, onBroken) => {
    const again = referenceRunOf(runId);
    const stop = workflow.onState((change) => {
      if (change.runId === runId || change.runId === again) onState?.(change);
    });
    try {
      await workflow.start(runId, input);
      const run = await workflow.ended(runId);
      if (!workflow.broke(runId)) return run;
      onBroken?.(run);
      await workflow.start(again, input);
      return await workflow.ended(again);
    } finally {
      stop();
    }
  };

/** Returns a function that passes results on, and reports the SLOs that burn when the SLO watch has run. */
const afterSloWatch =
  (report: (burning: readonly string[]) => void) =>
  async <Result>(name: TriggerName, running: Promise<Result>): Promise<Result> => {
    const result = await running;
    if (name !== 'watch-slo') return result;
    const statuses = result as readonly SloStatus[];
    report(statuses.flatMap(({ slo, burning }) => (burning ? [`${slo.name} (${burning.windows.name})`] : [])));
    return result;
  };

/** Returns seams that call the current implementation, so that a learner's file takes effect while the system runs. */
function replaceableSeams() {
  let replaced: Partial<BatchSeams> = {};
  let haveBeenReplaced = false;
  const current: Wiring['seams'] = {
    ...reference,
    validateEvents: (raws, receivedAt) => replaced.validateEvents?.(raws, receivedAt),
    collectOutside: (accepted, ports) => replaced.collectOutside?.(accepted, ports),
    exploreSlate: (slate, exploration) => replaced.exploreSlate?.(slate, exploration),
    interpretPipeline: (run) => replaced.interpretPipeline?.(run),
    watchMetrics: (history, sloWatch) => replaced.watchMetrics?.(history, sloWatch),
    // Without a learner's query, no table is exported for it.
    get computeLabelledFeatures() {
      return replaced.computeLabelledFeatures;
    },
    trainOutside: (run) => replaced.trainOutside?.(run),
  };
  return {
    current,
    replace: (seams: Partial<BatchSeams>): void => {
      replaced = seams;
      haveBeenReplaced ||= Object.keys(seams).length > 0;
    },
    haveBeenReplaced: () => haveBeenReplaced,
  };
}

/** Returns a function that loads each handler once and ends each invocation at its function's timeout. */
function functionInvoker(wiring: Wiring): InvokeFunction {
  const loaded = new Map<TriggerName, Promise<Invoke>>();
  return async (name, event) => {
    let handler = loaded.get(name);
    if (!handler) {
      handler = handlers[name](wiring);
      loaded.set(name, handler);
    }
    const invoke = await handler;
    const timeoutMs = triggers[name].timeoutSeconds * SECOND;
    const deadline = wiring.ports.deadlines.start(timeoutMs);
    return deadline.run(name, timeoutMs, () => invoke(event, contextOf(name, deadline)));
  };
}
