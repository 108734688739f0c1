import { join } from 'node:path';
import { pythonEnvironment } from '../../../localstack/servers/create-peer-virtualenv.ts';
import {
  atMost,
  figure,
  type Group,
  interleaved,
  ratioAtMost,
  type Target,
} from '../harness/figures-and-interleaved-rounds.ts';
import { type City, cityPlays, movieLens } from './prepare-movielens-and-city-plays.ts';
import { ours, recBole, type Trained, trainerPython } from './train-with-ours-or-recbole.ts';

/**
 * Number of rounds. One is enough, because the same seed gives the same model and only the time varies. A round takes
 * minutes.
 */
const ROUNDS = 1;
/** Target: the baseline's quality or better, in at most this fraction of the baseline's time. */
const A_THIRD = 1 / 3;
const notWorse: Target = { text: 'ratio >= 1', met: (_, ratio) => ratio !== undefined && ratio >= 1 };

/** Cities of growing size. `seconds` is the maximum training time on two cores. */
const CITIES: readonly (City & { readonly seconds: number })[] = [
  { name: 'city-100k', agents: 8_000, titles: 2_000, days: 30, plays: 100_000, seconds: 30 },
  { name: 'city-1m', agents: 80_000, titles: 5_000, days: 30, plays: 1_000_000, seconds: 300 },
];
const MICROSECONDS = 1e6;

/**
 * Measures brick 03: the default model compared with RecBole's on real ratings, then on a growing number of simulated
 * plays.
 */
export const bench: Group = async function* ({ quick }) {
  const peer = await pythonEnvironment('training', join(import.meta.dirname, 'requirements.txt'));
  const python = await trainerPython();
  const folder = await movieLens(python);
  const rounds = await interleaved(ROUNDS, {
    ours: () => ours(python, 'two-tower', folder),
    bpr: () => recBole(peer, 'BPR', folder),
    neumf: () => recBole(peer, 'NeuMF', folder),
  });
  const of = (trained: readonly Trained[], what: 'trainSeconds' | 'hr' | 'ndcg') => trained.map((one) => one[what]);
  for (const [name, theirs] of [
    ['BPR', rounds.bpr],
    ['NeuMF', rounds.neumf],
  ] as const) {
    const withBaseline = (what: 'trainSeconds' | 'hr' | 'ndcg') => ({
      rounds: of(rounds.ours, what),
      peer: { name: `RecBole ${name}`, rounds: of(theirs, what) },
    });
    const bench = `training.ml-100k-${name.toLowerCase()}`;
    yield figure({ bench: `${bench}-ndcg@10`, unit: '', ...withBaseline('ndcg'), target: notWorse });
    yield figure({ bench: `${bench}-hr@10`, unit: '', ...withBaseline('hr'), target: notWorse });
    yield figure({ bench: `${bench}-time`, unit: 's', ...withBaseline('trainSeconds'), target: ratioAtMost(A_THIRD) });
  }
  yield figure({ bench: 'training.ml-100k', unit: 's', rounds: of(rounds.ours, 'trainSeconds'), target: atMost(30) });
  for (const city of quick ? CITIES.slice(0, 1) : CITIES) yield* growth(python, city);
};

/** Measures one training: its time, time per play, and peak memory. */
export async function* growth(python: string, city: City & { readonly seconds: number; readonly bytes?: number }) {
  const { trainSeconds, peakBytes = 0 } = await ours(python, 'two-tower', await cityPlays(python, city));
  const { name, plays, seconds, bytes } = city;
  yield figure({ bench: `training.${name}`, unit: 's', rounds: [trainSeconds], target: atMost(seconds) });
  yield figure({ bench: `training.${name}-a-play`, unit: 'µs', rounds: [(trainSeconds / plays) * MICROSECONDS] });
  const target = bytes === undefined ? {} : { target: atMost(bytes) };
  yield figure({ bench: `training.${name}-memory`, unit: 'bytes', rounds: [peakBytes], ...target });
}
