import { BrickError } from '#domain/core/brick-error.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import { retryPassingFaults } from '../process/retry-passing-faults.ts';
import { checkRequiredFiles } from '../storage/record-and-check-required-files.ts';
import { addFaults } from './count-serving-faults.ts';
import { type City, firstPipeline, firstWeek, twins } from './first-week-pipeline-and-twins.ts';
import type { CityReport } from './policy-comparison-report.ts';
import {
  type CitySize,
  type CityState,
  cityStateFile,
  PHASES,
  type Phase,
  resume,
} from './state/persist-size-and-phase.ts';
import { checkpointFile } from './state/simulation-checkpoint-file.ts';

export class PipelineFailed extends BrickError {
  override readonly code = 'BRICK_PIPELINE_FAILED';
  constructor({ runId, status, error = 'no reason was recorded' }: WorkflowRun) {
    super({
      what: `the pipeline run ${runId} ended with status ${status}: ${error}`,
      why: 'a state of the pipeline failed; the served model is unchanged',
      fix: 'Fix the cause and start again. The pipeline reruns from the beginning, and the events of the first week are kept',
    });
  }
}

/** A city whose phases are complete. */
export interface CompletedCity {
  readonly city: City;
  readonly report: CityReport;
}

/**
 * Runs the phases that turn an empty folder into a running city: first week, pipeline, twins. Each completed phase is stored, so
 * that an interrupted start resumes there.
 *
 * @throws OtherCity, PipelineFailed, MissingCheckpoint, MissingWorldFile
 */
export async function runPhases(
  world: Omit<City, 'size'>,
  requested: Partial<CitySize>,
  defaults: CitySize,
): Promise<CompletedCity> {
  checkRequiredFiles(world.dataDir);
  const file = cityStateFile(world.dataDir);
  let state = resume(file.read(), requested, defaults);
  if (state.phase !== 'first-week') checkpointFile(world.dataDir).require();
  const city: City = { ...world, size: state.size };
  file.write(state);
  while (state.phase !== 'living') {
    city.listener.onPhase?.(state.phase, city.size);
    const began = performance.now();
    const news = await PHASE[state.phase](city, state);
    const timings = { ...state.timings, [state.phase]: Math.round(performance.now() - began) };
    const next = { ...state, ...news, timings, phase: after(state.phase) };
    await retryPassingFaults(() => file.write(next), { onPaused: city.listener.onPaused, signal: city.signal });
    state = next;
  }
  return { city, report: reportOf(state) };
}

type Work = (city: City, state: CityState) => Promise<Partial<CityState>>;

/** The outputs of the states Gate and Promote. */
interface Decided {
  readonly gate?: { readonly reason: string };
  readonly promote?: { readonly version: string };
}

const PHASE: Readonly<Record<Exclude<Phase, 'living'>, Work>> = {
  'first-week': async (city, state) => {
    const { eventLogHash, faults } = await firstWeek(city);
    return { eventLogHash, firstWeek: addFaults(state.firstWeek, faults) };
  },
  pipeline: async (city) => {
    const run = await firstPipeline(city);
    if (run && run.status !== 'SUCCEEDED') throw new PipelineFailed(run);
    const { promote, gate } = (run?.output ?? {}) as Decided;
    return { championVersion: promote?.version ?? null, verdict: gate?.reason ?? 'no model was trained' };
  },
  twins: async (city, { championVersion }) => ({ twins: await twins(city, typeof championVersion === 'string') }),
};

const after = (phase: Phase): Phase => PHASES[PHASES.indexOf(phase) + 1] ?? 'living';

function reportOf({ size, eventLogHash = '', firstWeek, championVersion = null, verdict = '', ...state }: CityState) {
  const { twins: twinResults, timings } = state;
  return { seed: size.seed, eventLogHash, firstWeek, championVersion, verdict, policies: {}, ...twinResults, timings };
}
