import { BrickError } from '#domain/core/errors.ts';
import type { Manifest } from '#domain/models/model-manifest.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import { runPipeline } from '../../../localstack/embedded/city/city-phases.ts';
import { latestIngest } from '../../../localstack/embedded/city/state/latest-ingest.ts';
import { openRuntime } from '../../../localstack/embedded/host/runtime.ts';
import { cityProgress } from '../../console/city-progress.ts';
import { untilInterrupted } from '../../console/interrupt.ts';
import { type Terminal, table } from '../../console/terminal.ts';
import { homeAt } from '../../home/home.ts';
import { preparedTrainer } from '../../home/prepare-trainer.ts';

export interface PipelineOptions {
  readonly home: string;
  readonly world?: string;
  readonly seed: number;
  readonly leaveOneOut?: boolean;
  readonly json?: boolean;
}

export class NothingToTrainOn extends BrickError {
  override readonly code = 'BRICK_NOTHING_TO_TRAIN_ON';
  constructor(world: string) {
    super({
      what: `the world ${world} has no events`,
      why: 'nobody has lived in it, and nothing was imported',
      fix: 'Run `npm start`, or `agentbricks import movielens PATH`, first',
    });
  }
}

/** One run of the pipeline on everything that a world's log holds. @returns 1 unless the run succeeded */
export async function pipeline(options: PipelineOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const name = options.world ?? home.currentWorld();
  return untilInterrupted(terminal, async (signal) => {
    const listener = cityProgress(terminal, performance.now());
    const { onStage } = listener;
    const trainer = await preparedTrainer({ folder: home.trainer, terminal, onStage, signal });
    let asOf = 0;
    await using runtime = await openRuntime({ dataDir: home.world(name), now: () => asOf, trainer });
    const latest = await latestIngest(runtime.ports.eventLog);
    if (latest === undefined) throw new NothingToTrainOn(name);
    asOf = latest + 1;
    await runtime.settle();
    const input = { asOf, seed: options.seed, leaveOneOut: options.leaveOneOut ?? false };
    const run = await runPipeline(runtime, input, { listener, signal });
    if (options.json) terminal.out(JSON.stringify(run));
    else for (const line of runLines(run)) terminal.out(line);
    return run.status === 'SUCCEEDED' ? 0 : 1;
  });
}

type Output = {
  readonly evaluate?: Pick<Manifest, 'version' | 'metrics'>;
  readonly gate?: { readonly reason: string };
};

function runLines({ runId, status, error, output }: WorkflowRun): string[] {
  const { evaluate, gate } = (output ?? {}) as Output;
  const verdict = output && 'promote' in output ? 'promoted' : 'kept out';
  return [
    `${runId} ${status}${error ? `: ${error}` : ''}`,
    ...(evaluate ? table(metricRows(evaluate.metrics)) : []),
    ...(evaluate && gate ? [`${evaluate.version} was ${verdict}: ${gate.reason}`] : []),
  ];
}

const DIGITS = 3;

/** Protocol, recommender and metric, each with its 95 % interval. */
function metricRows(protocols: Manifest['metrics']): string[][] {
  const rows = Object.entries(protocols).flatMap(([protocol, recommenders]) =>
    Object.entries(recommenders).flatMap(([who, metrics]) =>
      Object.entries(metrics).map(([metric, { value, low, high }]) => [
        `${protocol} ${metric}`,
        who,
        value.toFixed(DIGITS),
        `${low.toFixed(DIGITS)}–${high.toFixed(DIGITS)}`,
      ]),
    ),
  );
  return [['metric', 'recommender', 'value', '95 % interval'], ...rows];
}
