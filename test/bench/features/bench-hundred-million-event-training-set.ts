import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Group } from '../harness/figures-and-interleaved-rounds.ts';
import { type Size, trainingSets } from './bench-training-sets-joins-and-point-reads.ts';

/** Size without a time limit: the target is that the training set is built with 4 GB of memory. */
const LARGE: Size = { name: '100m', events: 100_000_000, rounds: 1 };
const QUICK: Size = { name: '100m', events: 100_000, rounds: 1 };

/** Measures the training set of brick 02 with a hundred million events. */
export const bench: Group = async function* ({ quick }) {
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-bench-features-large-'));
  try {
    yield* trainingSets(folder, quick ? QUICK : LARGE);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
