import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import {
  asPublished,
  type Interactions,
} from '../../../../functions/universe/realism/interaction-table-and-row-operations.ts';
import type { Learnability } from '../../../../functions/universe/realism/realism-bands.ts';
import { run } from '../../process/run-process.ts';
import { TRAINER_PACKAGE } from '../../trainer/prepare-trainer-virtualenv.ts';

export class LearnabilityFailed extends BrickError {
  override readonly code = 'BRICK_LEARNABILITY_FAILED';
}

interface Quality {
  readonly 'hitRate@10': { readonly value: number };
}

/**
 * Measures how well the items of interactions can be predicted: hit rate@10 of popularity and of matrix factorisation.
 * Runs the trainer's command `learnability`.
 *
 * @param python path of the trainer's Python
 */
export async function learnability(
  table: Interactions,
  { python, seed, signal }: { readonly python: string; readonly seed: number; readonly signal?: AbortSignal },
): Promise<Learnability> {
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-learnability-'));
  try {
    const path = join(folder, 'interactions.tsv');
    await writeFile(path, linesOf(asPublished(table)));
    const args = ['-m', 'agentbricks_trainer', 'learnability', '--interactions', path, '--seed', String(seed)];
    const { status, stdout, tail } = await run(python, args, { cwd: TRAINER_PACKAGE, signal });
    if (status !== 0) throw failure(tail);
    const { popularity, factorisation } = JSON.parse(stdout) as Record<keyof Learnability, Quality>;
    return { popularity: popularity['hitRate@10'].value, factorisation: factorisation['hitRate@10'].value };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const failure = (tail: readonly string[]) =>
  new LearnabilityFailed({
    what: 'the trainer could not measure how well a model learns from the simulated plays',
    why: `the command of the trainer failed with the output "${tail.slice(-2).join(' ')}"`,
    fix: 'Simulate more agents or more days, so that some users have 20 plays. To check your machine, run `agentbricks doctor`',
  });

const linesOf = ({ users, items, times }: Interactions): string =>
  Array.from(users, (user, row) => `${user}\t${items[row]}\t${times[row]}\n`).join('');
