import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { atLeast, atMost, figure, type Group, progress } from '../harness/figures-and-interleaved-rounds.ts';
import { cityPlays } from './prepare-movielens-and-city-plays.ts';
import { CITY } from './train-on-ten-million-plays.ts';
import { json, trainerPython } from './train-with-ours-or-recbole.ts';

const SECONDS = 300;
/** Minimum utilisation, as a fraction of the time. It is lower if the GPU waits for data or commands. */
const UTILISATION = 0.9;

interface OnGpu {
  readonly gpu: string;
  readonly trainSeconds: number;
  readonly hr: number;
  readonly ndcg: number;
  readonly utilisation: number;
  readonly gpuBytes: number;
}

/** Trains on the ten million plays of training-large with a GPU. Without one, it fails before it generates the plays. */
export const bench: Group = async function* () {
  if (spawnSync('nvidia-smi').status !== 0)
    throw new Error('no GPU was found by nvidia-smi: this group measures a GPU');
  const python = await trainerPython();
  const folder = await cityPlays(python, CITY);
  const trained = (await json(python, [join(import.meta.dirname, 'train_on_gpu.py'), folder], folder)) as OnGpu;
  progress(`on one ${trained.gpu}`);
  const one = (what: string, unit: string, value: number) => ({
    bench: `training.gpu-10m${what}`,
    unit,
    rounds: [value],
  });
  yield figure({ ...one('', 's', trained.trainSeconds), target: atMost(SECONDS) });
  yield figure({ ...one('-utilisation', '', trained.utilisation), target: atLeast(UTILISATION) });
  yield figure(one('-memory', 'bytes', trained.gpuBytes));
  yield figure(one('-hr@10', '', trained.hr));
  yield figure(one('-ndcg@10', '', trained.ndcg));
};
