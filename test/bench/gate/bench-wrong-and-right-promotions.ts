import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanCommit, oncePerCommit } from '../../../bin/program/prove/reuse-results-of-commit.ts';
import { decidePromotion } from '../../../functions/orchestration/gate/decide-promotion.ts';
import { localTrainer } from '../../../localstack/embedded/trainer/local-trainer.ts';
import { type Examined, examineNullWorlds } from '../../support/null-world/evaluate-trainer-on-null-worlds.ts';
import {
  atLeast,
  atMost,
  type Figure,
  figure,
  type Group,
  progress,
} from '../harness/figures-and-interleaved-rounds.ts';
import { trainerPython } from '../training/train-with-ours-or-recbole.ts';
import { type Night, nightlyRuns } from './simulate-nights-and-measure-gain-by-twins.ts';

const NULL_SEEDS = 200;
const SEEDS_PER_PROCESS = 10;
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
 * Measures whether the gate promotes only better models: first in cities with a pipeline every night, then in worlds
 * without a pattern. An interrupted run resumes after its last complete seed, if the code is committed and unchanged.
 */
export const bench: Group = async function* ({ quick }) {
  // One thread per training: a city runs on each processor, and more threads would wait for each other.
  process.env.OMP_NUM_THREADS ??= '1';
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-bench-gate-'));
  try {
    yield* nights(folder, quick);
    yield* nullWorlds(folder, quick ? 3 : NULL_SEEDS);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

async function* nullWorlds(folder: string, count: number): AsyncIterable<Figure> {
  const python = await trainerPython();
  const commit = cleanCommit();
  const examined: Examined[] = [];
  let next = 1;
  // Each process examines several seeds, because it first imports PyTorch, which takes seconds.
  const inTurn = async () => {
    for (let first = next; first <= count; first = next) {
      next += SEEDS_PER_PROCESS;
      const seeds = Array.from({ length: Math.min(SEEDS_PER_PROCESS, count - first + 1) }, (_, i) => first + i);
      const onSeed = ({ seed, gate }: Examined) => progress(`null ${seed}: ${JSON.stringify(gate)}`);
      const compute = () => examineNullWorlds({ python, folder }, seeds, onSeed);
      examined.push(...(await oncePerCommit(commit, `gate/null/${first}-${seeds.at(-1)}`, compute)));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, inTurn));
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
  const commit = cleanCommit();
  const found: Night[] = [];
  const city = async (seed: number) => {
    const dataDir = join(folder, `city-${seed}`);
    const nightsOfCity: Night[] = [];
    for await (const night of nightlyRuns({ dataDir, size: { ...(quick ? QUICK : SIZE), seed }, trainer }, NIGHTS)) {
      progress(`seed ${seed}: ${JSON.stringify(night)}`);
      nightsOfCity.push(night);
    }
    rmSync(dataDir, { recursive: true });
    return nightsOfCity;
  };
  let next = 1;
  const inTurn = async (last: number) => {
    for (let seed = next; seed <= last; seed = next) {
      next++;
      found.push(...(await oncePerCommit(commit, `gate/${quick ? 'quick-' : ''}nights/${seed}`, () => city(seed))));
    }
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
