import { SEAM_NAMES } from '#adapters/composition/read-and-watch-seams-json.ts';
import { keyedRandom } from '#domain/core/keyed-random.ts';
import { atMost, figure, type Group } from '../harness/figures-and-interleaved-rounds.ts';
import { runMix } from './run-mix-of-seams.ts';

/** Number of random mixes, and with `--quick`. */
const MIXES = 50;
const QUICK_MIXES = 3;
const SEED = 'mixes of seams';

/**
 * Runs random mixes of the steps' solutions, as a learner's files, and the reference. Each mix boots a runtime, which
 * handles a small batch twice and a request for a slate.
 */
export const bench: Group = async function* ({ quick }) {
  const random = keyedRandom(SEED);
  const seconds: number[] = [];
  let wrong = 0;
  for (let mix = 0; mix < (quick ? QUICK_MIXES : MIXES); mix++) {
    const own = SEAM_NAMES.filter((_, i) => random(mix * SEAM_NAMES.length + i) < 1 / 2);
    const startedAt = performance.now();
    if (!(await isRight(own))) {
      wrong++;
      process.stderr.write(`wrong: ${own.join(', ')}\n`);
    }
    seconds.push((performance.now() - startedAt) / 1_000);
  }
  yield figure({ bench: 'mixes.wrong', unit: 'mixes', rounds: [wrong], target: atMost(0) });
  yield figure({ bench: 'mixes.start-and-handle', unit: 's', rounds: seconds });
};

async function isRight(own: Parameters<typeof runMix>[0]): Promise<boolean> {
  const { collected, repeated, titles, counts } = await runMix(own);
  const isCollected = collected.accepted === 5 && collected.duplicates === 1 && collected.rejected.length === 1;
  const isRepeated = repeated.accepted === 0 && repeated.duplicates === 6 && repeated.rejected.length === 1;
  const hasFailed = counts.some(({ failedCalls, endedProcesses }) => failedCalls + endedProcesses > 0);
  return isCollected && isRepeated && titles === 5 && !hasFailed;
}
