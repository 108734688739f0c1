import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { decidePromotion } from '../../../functions/orchestration/gate/decide-promotion.ts';
import { localTrainer } from '../../../localstack/embedded/trainer/local-trainer.ts';
import { examineNullWorlds } from '../../support/null-world/evaluate-trainer-on-null-worlds.ts';
import { atLeast, atMost, type Figure, figure, type Group, progress } from '../harness/figure.ts';
import { trainerPython } from '../training/run-training.ts';
import { type Night, nightlyRuns } from './nightly-runs.ts';

const NULL_SEEDS = 200;
const [MOST_PROMOTED, LEAST_CONTAINING_ZERO] = [10, 184];
const NIGHTS = 14;
/**
 * Minimum and maximum number of seeds. Seeds are added until the candidate was better than the champion on ENOUGH
 * nights.
 */
const [LEAST_SEEDS, MOST_SEEDS, ENOUGH] = [5, 15, 10];
const SIZE = { agents: 3_000, titles: 500, days: 1, off: [] };
const QUICK = { agents: 1_000, titles: 200, days: 1, off: [] };
const [BETTER_PROMOTED, WORSE_PROMOTED] = [0.8, 1];

/**
 * Measures whether the gate promotes only better models: first in worlds without a pattern, then in cities with a
 * pipeline every night.
 */
export const bench: Group = async function* ({ quick }) {
  // One thread per training: a city runs on each processor, and more threads would wait for each other.
  process.env.OMP_NUM_THREADS ??= '1';
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-bench-gate-'));
  try {
    yield* nullWorlds(folder, quick ? 3 : NULL_SEEDS);
    yield* nights(folder, quick);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

async function* nullWorlds(folder: string, count: number): AsyncIterable<Figure> {
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  const onSeed = ({ seed, gate }: { seed: number; gate: object }) => progress(`null ${seed}: ${JSON.stringify(gate)}`);
  const python = await trainerPython();
  const shares = Array.from({ length: availableParallelism() }, (_, part) =>
    seeds.filter((seed) => seed % availableParallelism() === part),
  );
  const examined = (
    await Promise.all(shares.map((share) => examineNullWorlds({ python, folder }, share, onSeed)))
  ).flat();
  const promoted = examined.filter(({ gate }) => decidePromotion({ version: 'v', gate }, undefined).promote).length;
  const around = examined.filter(
    ({ gate }) => 'difference' in gate && gate.difference.low <= 0 && gate.difference.high >= 0,
  ).length;
  yield figure({ bench: 'gate.null-promoted', unit: `of ${count}`, rounds: [promoted], target: atMost(MOST_PROMOTED) });
  const target = atLeast(LEAST_CONTAINING_ZERO);
  yield figure({ bench: 'gate.null-intervals-with-0', unit: `of ${count}`, rounds: [around], target });
}

const isBetter = ({ gain }: Night) => gain.low > 0;
const isBetterThanChampion = (night: Night) => night.champion !== undefined && isBetter(night);
const isWorse = ({ gain }: Night) => gain.high < 0;

async function* nights(folder: string, quick: boolean): AsyncIterable<Figure> {
  const python = await trainerPython();
  const trainer = localTrainer({ python: async () => python, codeCommit: 'bench' });
  const found: Night[] = [];
  const city = async (seed: number) => {
    const dataDir = join(folder, `city-${seed}`);
    for await (const night of nightlyRuns({ dataDir, size: { ...(quick ? QUICK : SIZE), seed }, trainer }, NIGHTS)) {
      progress(`seed ${seed}: ${JSON.stringify(night)}`);
      found.push(night);
    }
    rmSync(dataDir, { recursive: true });
  };
  let next = 1;
  const inTurn = async (last: number) => {
    while (next <= last) await city(next++);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, () => inTurn(quick ? 1 : LEAST_SEEDS)));
  // Runs sequentially, so that the seeds do not depend on which city ends first.
  while (!quick && next <= MOST_SEEDS && found.filter(isBetterThanChampion).length < ENOUGH) await inTurn(next);
  const first = found.filter(({ champion }) => !champion);
  const against = found.filter(({ champion }) => champion);
  const [better, worse] = [against.filter(isBetter), found.filter(isWorse)];
  const promoted = (of: readonly Night[]) => of.filter((night) => night.promoted).length;
  yield figure({ bench: 'gate.nights-until-a-champion', unit: 'nights of all seeds', rounds: [first.length] });
  yield figure({ bench: 'gate.better-nights', unit: `of ${against.length}`, rounds: [better.length] });
  const share = promoted(better) / better.length;
  yield figure({ bench: 'gate.better-promoted', unit: '', rounds: [share], target: atLeast(BETTER_PROMOTED) });
  yield figure({ bench: 'gate.worse-nights', unit: `of ${found.length}`, rounds: [worse.length] });
  yield figure({
    bench: 'gate.worse-promoted',
    unit: 'nights',
    rounds: [promoted(worse)],
    target: atMost(WORSE_PROMOTED),
  });
}
