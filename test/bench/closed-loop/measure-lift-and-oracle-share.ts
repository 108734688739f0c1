import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SIZE } from '../../../bin/home/city-size-command-line-options.ts';
import { guardFired, liftSentence } from '../../../localstack/embedded/city/policy-comparison-report.ts';
import { runPhases } from '../../../localstack/embedded/city/run-or-resume-phases.ts';
import { localTrainer } from '../../../localstack/embedded/trainer/local-trainer.ts';
import { atLeast, type Figure, figure, type Group, progress } from '../harness/figures-and-interleaved-rounds.ts';
import { trainerPython } from '../training/train-with-ours-or-recbole.ts';
import { newcomers } from './measure-slates-of-newcomers.ts';

const SEEDS = [1, 2, 3, 4, 5];
/** Target: the fraction of the popularity-to-oracle gap that the model closes. */
const SHARE = 0.6;
const SMALL = { agents: 5_000, titles: 500 };

/**
 * Measures all bricks together, as `npm start` runs them: a first week served by popularity, a pipeline run, and a
 * second week under each policy. Then it measures newcomers, users who had few plays when the model was trained.
 */
export const bench: Group = async function* ({ quick }) {
  const python = await trainerPython();
  const trainer = localTrainer({ python: async () => python, codeCommit: 'bench' });
  const [shares, lifts]: [number[], number[]] = [[], []];
  let ofNewcomers: readonly Figure[] = [];
  for (const seed of quick ? SEEDS.slice(0, 1) : SEEDS) {
    const dataDir = mkdtempSync(join(tmpdir(), 'agentbricks-bench-loop-'));
    try {
      const size = { ...DEFAULT_SIZE, ...(quick ? SMALL : {}), seed };
      const city = { dataDir, trainer: Promise.resolve(trainer), listener: {}, signal: new AbortController().signal };
      const { report } = await runPhases(city, size, size);
      progress(JSON.stringify(report));
      if (guardFired(report) > 0) throw new Error(liftSentence(report));
      // Without a champion, popularity continues to serve users.
      shares.push(report.lift?.oracleShare ?? 0);
      lifts.push(report.lift?.overPopular ?? 0);
      if (seed === SEEDS[0] && report.lift) ofNewcomers = await newcomers(dataDir, size);
    } finally {
      rmSync(dataDir, { recursive: true });
    }
  }
  yield figure({ bench: 'closed-loop.oracle-share', unit: '', rounds: shares, target: atLeast(SHARE) });
  yield figure({ bench: 'closed-loop.lift-over-popular', unit: '', rounds: lifts });
  yield* ofNewcomers;
};
