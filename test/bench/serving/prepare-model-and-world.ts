import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { prepareTrainer, TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { progress } from '../harness/figures-and-interleaved-rounds.ts';
import { TITLES, USERS } from './world-size-and-ids.ts';

const HERE = import.meta.dirname;
/** Version of the stored files, increased when the format of models or tables changes. */
const FORMAT = 7;

export interface ModelAndWorld {
  readonly world: string;
  readonly model: string;
}

/**
 * Creates the model with the trainer's export, and the world with tables as the consumers write them. Later runs reuse
 * both. Also builds our binding of FAISS, without which a slate costs three times as much processor time.
 */
export async function prepareModelAndWorld(): Promise<ModelAndWorld> {
  await buildFaiss();
  const folder = resolve('.agentbricks/test-data/serving');
  const [world, model, marker] = [join(folder, 'world'), join(folder, 'model'), join(folder, 'ready')];
  const wanted = `${TITLES} titles, ${USERS} users, format ${FORMAT}`;
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return { world, model };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(world, { recursive: true });
  const python = await prepareTrainer({ folder: resolve('.agentbricks/trainer'), onStep: progress });
  progress('preparing the model and the world');
  await step(resolve(python), [join(HERE, 'make_random_model.py'), model, String(TITLES)], {
    PYTHONPATH: TRAINER_PACKAGE,
  });
  await step(process.execPath, [join(HERE, 'fill-world.ts'), world, model], {});
  writeFileSync(marker, wanted);
  return { world, model };
}

/** Without libfaiss-dev, libopenblas-dev and g++, the figures are those of usearch's exact search, and a line says so. */
async function buildFaiss(): Promise<void> {
  const { status, tail } = await run('bash', ['layers/native/faiss/build.sh'], {});
  if (status === 0) return;
  progress(
    `FAISS could not be built, so usearch searches exactly, which is slower: ${tail.at(-1) ?? `status ${status}`}`,
  );
}

async function step(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const { status, tail } = await run(program, args, { env });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${tail.join('\n')}`);
}
