import { join, resolve } from 'node:path';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { prepareTrainer, TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { progress, rounded } from '../harness/figures-and-interleaved-rounds.ts';

/** Measurements of one training. Quality is measured over the negatives in the files. */
export interface Trained {
  readonly trainSeconds: number;
  readonly hr: number;
  readonly ndcg: number;
  /** Peak memory of the process, bytes. Only our trainer measures it. */
  readonly peakBytes?: number;
}

export const trainerPython = async (): Promise<string> =>
  prepareTrainer({ folder: resolve('.agentbricks/trainer'), onStep: progress });

/**
 * Trains with our trainer, as `agentbricks evaluate` does.
 *
 * @param folder with train.tsv, test.tsv and negatives.tsv
 */
export async function ours(python: string, model: string, folder: string): Promise<Trained> {
  const files = ['train', 'test', 'negatives'].flatMap((name) => [`--${name}`, join(folder, `${name}.tsv`)]);
  const args = ['-m', 'agentbricks_trainer', 'compare', ...files, '--models', model];
  const { models } = (await json(python, args, TRAINER_PACKAGE)) as {
    models: readonly { trainSeconds: number; peakBytes: number; metrics: Record<string, { value: number }> }[];
  };
  const [{ trainSeconds = 0, peakBytes = 0, metrics = {} } = {}] = models;
  const trained = {
    trainSeconds,
    peakBytes,
    hr: metrics['hitRate@10']?.value ?? 0,
    ndcg: metrics['ndcg@10']?.value ?? 0,
  };
  return logged(`our ${model}`, trained);
}

/** Trains with RecBole. */
export const recBole = async (python: string, model: string, folder: string): Promise<Trained> =>
  logged(
    `RecBole's ${model}`,
    (await json(python, [join(import.meta.dirname, 'recbole_baseline.py'), model, folder], folder)) as Trained,
  );

function logged(name: string, trained: Trained): Trained {
  const { trainSeconds, hr, ndcg } = trained;
  progress(`${name}: ${rounded(trainSeconds)} s, HR@10 ${rounded(hr)}, NDCG@10 ${rounded(ndcg)}`);
  return trained;
}

export async function json(program: string, args: readonly string[], cwd: string): Promise<unknown> {
  const { status, stdout, tail } = await run(program, args, { cwd });
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${tail.join('\n')}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}
