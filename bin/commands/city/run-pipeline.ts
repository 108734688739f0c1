import { BrickError } from '#domain/core/brick-error.ts';
import type { Manifest } from '#domain/models/model-manifest.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import { runPipeline } from '../../../localstack/embedded/city/first-week-pipeline-and-twins.ts';
import { latestIngest } from '../../../localstack/embedded/city/state/find-latest-ingest-time.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import { cityProgress } from '../../console/city-progress.ts';
import { table } from '../../console/format-values-and-tables.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { preparedTrainer } from '../../home/prepare-trainer.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

export interface PipelineOptions {
  readonly home: string;
  readonly world?: string;
  readonly seed: number;
  readonly leaveOneOut?: boolean;
  readonly json?: boolean;
}

/** Runs the pipeline once on all events of a world. @returns 1 unless the run succeeded */
export async function pipeline(options: PipelineOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const name = options.world ?? home.currentWorld();
  return untilInterrupted(terminal, async (signal) => {
    const listener = cityProgress(terminal, performance.now());
    const { onStage } = listener;
    const trainer = await preparedTrainer({ folder: home.trainer, terminal, onStage, signal });
    let asOf = 0;
    await using runtime = await openRuntime({ dataDir: home.world(name), now: () => asOf, trainer });
    const newest = await latestIngest(runtime.ports.eventLog);
    if (newest === undefined) throw new NoTrainingData(name);
    asOf = newest + 1;
    await runtime.settle();
    const input = { asOf, seed: options.seed, leaveOneOut: options.leaveOneOut ?? false };
    const run = await runPipeline(runtime, input, { listener, signal });
    if (options.json) terminal.out(JSON.stringify(run));
    else for (const line of runLines(run)) terminal.out(line);
    return run.status === 'SUCCEEDED' ? 0 : 1;
  });
}

class NoTrainingData extends BrickError {
  override readonly code = 'BRICK_NOTHING_TO_TRAIN_ON';
  constructor(world: string) {
    super({
      what: `the world ${world} has no events`,
      why: 'no simulation and no import has stored events in this world',
      fix: 'Run `npm start` or `agentbricks import movielens PATH` first',
    });
  }
}

type Output = {
  readonly evaluate?: Pick<Manifest, 'version' | 'metrics'>;
  readonly gate?: { readonly reason: string };
};

function runLines({ runId, status, error, output }: WorkflowRun): string[] {
  const { evaluate, gate } = (output ?? {}) as Output;
  const result = output && 'promote' in output ? 'promoted' : 'rejected';
  return [
    `${runId} ${status}${error ? `: ${error}` : ''}`,
    ...(evaluate ? table(metricRows(evaluate.metrics)) : []),
    ...(evaluate && gate ? [`${evaluate.version} was ${result}: ${gate.reason}`] : []),
  ];
}

const DIGITS = 3;

/** Returns one row per protocol, recommender and metric, with the 95 % interval. */
function metricRows(protocols: Manifest['metrics']): string[][] {
  const rows = Object.entries(protocols).flatMap(([protocol, recommenders]) =>
    Object.entries(recommenders).flatMap(([recommender, metrics]) =>
      Object.entries(metrics).map(([metric, { value, low, high }]) => [
        `${protocol} ${metric}`,
        recommender,
        value.toFixed(DIGITS),
        `${low.toFixed(DIGITS)}–${high.toFixed(DIGITS)}`,
      ]),
    ),
  );
  return [['metric', 'recommender', 'value', '95 % interval'], ...rows];
}
