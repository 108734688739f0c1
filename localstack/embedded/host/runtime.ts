import { join } from 'node:path';
import { type Config, readConfig, settingsOf } from '#adapters/composition/config.ts';
import { connect, disconnect } from '#adapters/composition/connect.ts';
import { realDeadlines } from '#adapters/deadlines/clock-deadlines.ts';
import { hangGuard } from '#adapters/deadlines/hang-guard.ts';
import { lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { powertoolsTelemetry } from '#adapters/telemetry/powertools.ts';
import type { Settings } from '#domain/core/settings.ts';
import { type Now, SECOND } from '#domain/core/time.ts';
import type { Api } from '#domain/events/api-contract.ts';
import type { Seams } from '#domain/events/seam-types.ts';
import type { PipelineInput } from '#domain/models/pipeline-run.ts';
import type { Deadlines } from '#ports/deadlines.ts';
import type { Ports } from '#ports/index.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import { handlers, type Invoke, type Wiring } from '../../../functions/platform/handlers.ts';
import { reference } from '../../../functions/platform/reference-seams.ts';
import { type TriggerName, triggers } from '../../../functions/triggers.ts';
import { contextOf, gateway, type InvokeFunction } from '../aws/api-gateway.ts';
import { localMetrics } from '../aws/cloudwatch-metrics.ts';
import { eventSource } from '../aws/event-source-mapping.ts';
import { type LocalWorkflow, localWorkflow, type StateChange, type TrainJob } from '../aws/step-functions.ts';
import { type HttpServer, httpServer, type Route } from '../http/http-server.ts';
import type { Trainer } from '../trainer/local-trainer.ts';

export interface RuntimeOptions {
  /** Folder of one world: its log, tables and objects. One process at a time. */
  readonly dataDir: string;
  /** @default - the wall clock */
  readonly now?: Now;
  /**
   * How long stages and functions may take. @default - production's limits; where `now` is given, because time is simulated, only
   * a guard against code that hangs
   */
  readonly deadlines?: Deadlines;
  /** @default - as the environment says (layers/adapters/composition/config.ts) */
  readonly settings?: Partial<Settings>;
  /** What runs the container job of the state Train. @default - the state fails and says why */
  readonly trainer?: Trainer;
  /** @default - ERROR, so that progress stays readable; what is degraded is counted in `/metrics` */
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
  /** Runs the pipeline to its end, however it ends; a run that is there already is not run again. */
  runPipeline(input: PipelineInput, onState?: (change: StateChange) => void): Promise<WorkflowRun>;
  /**
   * Delivers what lies in the log to its consumers.
   *
   * @param only these functions @default - all
   * @param until nothing that was taken in later, UTC epoch milliseconds @default - everything
   */
  settle(only?: readonly TriggerName[], until?: number): Promise<void>;
  /** Serves HTTP on 127.0.0.1. @param port 0 chooses a free one */
  listen(port: number, routes?: readonly Route[]): Promise<HttpServer>;
  /** From now on these functions take the place of the reference's. */
  useSeams(seams: Partial<Seams>): void;
}

/** The whole system in this process: real event shapes, real handlers, embedded adapters. One world, one process. */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { dataDir, now = Date.now, logLevel = 'ERROR' } = options;
  const { deadlines = options.now ? hangGuard() : realDeadlines() } = options;
  const config = { ...readConfig(), DATA_DIR: dataDir };
  const lock = lockFolder(dataDir);
  const metrics = localMetrics(now);
  const said = { namespace: config.METRICS_NAMESPACE, service: 'embedded', logLevel };
  const telemetry = powertoolsTelemetry({ ...said, onMetrics: metrics.take });
  const invoke: InvokeFunction = (name, event) => invoker(name, event);
  const { trainer } = options;
  const train = trainer && ((job: TrainJob, signal: AbortSignal) => trainer(ports)(job, signal));
  const workflow = localWorkflow({ folder: join(dataDir, 'runs'), invoke, train, now });
  const ports: Ports = await connect(config, { telemetry, metricReader: metrics.reader, now, deadlines });
  let seams: Seams = reference;
  const api = gateway(invoke);
  const invoker = functionInvoker({
    ports,
    settings: { ...settingsOf(config), ...options.settings },
    seams: delegating(() => seams),
    api,
  });
  const consumers = eventSource({ eventLog: ports.eventLog, invoke });
  const servers: HttpServer[] = [];
  return {
    ports,
    workflow,
    api,
    metrics,
    invoke,
    runPipeline: pipelineRunner(workflow),
    settle: (only, until) => consumers.drain(only, until),
    listen: async (port, routes = []) => {
      const server = await httpServer({ api, metrics, port, routes });
      servers.push(server);
      return server;
    },
    useSeams: (replaced) => {
      seams = { ...reference, ...replaced };
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) await server.close();
      await workflow[Symbol.asyncDispose]();
      await disconnect(ports);
      lock.release();
    },
  };
}

const pipelineRunner =
  (workflow: LocalWorkflow): Runtime['runPipeline'] =>
  async ({ runId, ...input }, onState) => {
    const stop = workflow.onState((change) => {
      if (change.runId === runId) onState?.(change);
    });
    try {
      await workflow.start(runId, input);
      return await workflow.ended(runId);
    } finally {
      stop();
    }
  };

/** Seams that are looked up at each call, so that a learner's file takes effect while the system runs. */
const delegating = (current: () => Seams): Seams => ({
  validateEvent: (raw, receivedAt) => current().validateEvent(raw, receivedAt),
});

/** Loads each handler once, and ends an invocation at its function's timeout. */
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
