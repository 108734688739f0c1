import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leadBound } from '#domain/models/model-manifest.ts';
import { decidePromotion } from '../../../functions/orchestration/gate/decide-promotion.ts';
import { type Examined, examineNullWorlds } from '../../support/null-world/evaluate-trainer-on-null-worlds.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';

const MINUTE = 60_000;
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
/**
 * Limits for these seeds. They are regression limits, not an estimate of the gate's rate: a gate that promotes its
 * nominal 5 % of random worlds promotes more than 2 of 20 with probability 7.5 %, and more than 3 of 20 intervals of
 * 95 % exclude 0 with probability 1.6 %. The seeds are fixed, so the result changes only with the code or its
 * dependencies. If a change exceeds a limit, it may be chance: `npm run bench -- gate` runs 200 seeds (measured: 3
 * promoted, 4 excluding 0).
 */
const [MOST_PROMOTED, LEAST_CONTAINING_ZERO] = [2, 17];

describeWith(
  'Python',
  await hasPython(),
  'Install Python 3.10 or later.',
)('for random plays', () => {
  let folder: string;
  let examined: Examined[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-null-'));
    const python = join(await sharedTrainer(), 'venv/bin/python');
    examined = await examineNullWorlds({ python, folder }, SEEDS);
  }, 15 * MINUTE);
  afterAll(() => rm(folder, { recursive: true }));

  it('the gate promotes at most 2 of 20 models, because the training data do not leak the test', () => {
    expect(examined.map(({ seed }) => seed)).toEqual(SEEDS);
    const promoted = examined.filter(({ gate }) => decidePromotion({ version: 'v', gate }, undefined).promote);
    expect(promoted.length).toBeLessThanOrEqual(MOST_PROMOTED);
  });

  it('the interval of the two-tower’s lead over popularity contains 0, and the gate’s reason names popularity', () => {
    const differences = examined.map(({ gate }) => ('difference' in gate ? gate.difference : { low: 1, high: -1 }));
    const around = differences.filter(({ low, high }) => low <= 0 && high >= 0);
    expect(around.length).toBeGreaterThanOrEqual(LEAST_CONTAINING_ZERO);
    for (const { gate, simpler } of examined) {
      const { reason } = decidePromotion({ version: 'v', gate, simpler }, undefined);
      const popular = simpler.find(({ model }) => model === 'popular');
      expect(reason.includes('simpler models: popular')).toBe(popular !== undefined && leadBound(popular) <= 0);
    }
  });
});
