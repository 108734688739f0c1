import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Estimate, pairedRatio } from '#domain/core/paired-and-bootstrap-estimates.ts';
import { HOUR } from '#domain/core/time.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Outcomes } from '../../../functions/universe/engine/compute-policy-result-and-lift.ts';
import { FIRST_EXPLORATION } from '../../../localstack/embedded/city/first-week-pipeline-and-twins.ts';
import {
  CITY_STARTS_AT,
  HOURS_PER_DAY,
  restoreUniverse,
  simulateUntil,
} from '../../../localstack/embedded/city/simulate-until.ts';
import type { CitySize } from '../../../localstack/embedded/city/state/persist-size-and-phase.ts';
import { simulatedClock } from '../../../localstack/embedded/city/state/simulated-clock.ts';
import { forkWorld } from '../../../localstack/embedded/city/twins/fork-world.ts';
import { runTwin } from '../../../localstack/embedded/city/twins/run-twins.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import type { Trainer } from '../../../localstack/embedded/trainer/local-trainer.ts';

/** One night: the gate's decision, and the candidate's effect on the next day. */
export interface Night {
  readonly night: number;
  /** Version that served before the night, or undefined if popularity served. */
  readonly champion: string | undefined;
  readonly promoted: boolean;
  readonly reason: string;
  /**
   * Relative gain in utility per session on the next day, of the candidate over the model (or popularity) that served
   * before. It is measured with twins, with a 95 % interval over agents.
   */
  readonly gain: Estimate;
}

interface World {
  readonly dataDir: string;
  readonly size: CitySize;
  readonly trainer: Trainer;
}

/** Maximum number of nights until the first promotion. After that many, the benchmark abandons a city. */
const MOST_FIRST_NIGHTS = 14;

/**
 * Runs a city from its first day on, with a pipeline every night: until there is a champion, and then for `nights`
 * more. The champion of each night serves the next day.
 */
export async function* nightlyRuns(world: World, nights: number): AsyncIterable<Night> {
  let champion: string | undefined;
  for (let night = 1, left = nights; left > 0 && (champion || night <= MOST_FIRST_NIGHTS); night++) {
    if (champion) left--;
    const { version, promoted, reason } = await dayAndPipeline(world, night, champion !== undefined);
    const [before, after] = await Promise.all([
      nextDay(world, 'incumbent', champion),
      nextDay(world, 'candidate', version),
    ]);
    const gain = pairedRatio(before.utility, before.sessions, after.utility, after.sessions);
    yield { night, champion, promoted, reason, gain };
    if (promoted) champion = version;
  }
}

/** The outputs of the states Evaluate and Gate. */
interface Decided {
  readonly evaluate: { readonly version: string };
  readonly gate: { readonly promote: boolean; readonly reason: string };
}

async function dayAndPipeline({ dataDir, size, trainer }: World, night: number, hasChampion: boolean) {
  const clock = simulatedClock(CITY_STARTS_AT);
  const settings = hasChampion ? {} : { explorationShare: FIRST_EXPLORATION };
  await using runtime = await openRuntime({ dataDir, now: clock.now, settings, trainer });
  const untilHour = night * HOURS_PER_DAY;
  await simulateUntil({ runtime, clock, dataDir, restored: restoreUniverse(size, dataDir), untilHour });
  const asOf = CITY_STARTS_AT + untilHour * HOUR;
  clock.set(asOf);
  const run = await runtime.runPipeline({ runId: `night-${night}`, asOf, seed: size.seed, leaveOneOut: false });
  if (run.status !== 'SUCCEEDED') throw new Error(`night ${night}: ${run.error}`);
  const { evaluate, gate } = run.output as unknown as Decided;
  return { version: evaluate.version, promoted: gate.promote, reason: gate.reason };
}

/** Simulates the next day in a copy of the world, served by a version, or by popularity. */
async function nextDay({ dataDir, size }: World, name: string, version: string | undefined): Promise<Outcomes> {
  const folder = join(dataDir, 'twins', name);
  forkWorld(dataDir, folder);
  if (version) {
    await using runtime = await openRuntime({ dataDir: folder, now: () => CITY_STARTS_AT });
    await modelRegistry(runtime.ports).setAlias('champion', version, { who: 'bench', why: 'a twin uses it' });
  }
  const { outcomes } = await runTwin({ policy: version ? 'champion' : 'popular', dataDir: folder, size, days: 1 });
  rmSync(folder, { recursive: true });
  return outcomes;
}
