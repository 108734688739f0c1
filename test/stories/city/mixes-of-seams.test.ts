import { describe, expect, it } from 'vitest';
import { SEAM_NAMES } from '#adapters/composition/read-and-watch-seams-json.ts';
import { pairwiseMixes } from '../../bench/mixes/generate-pairwise-learner-and-reference-mixes.ts';
import { runMix } from '../../bench/mixes/run-mix-of-seams.ts';

const TIMEOUT_MS = 120_000;
const mixes = pairwiseMixes(SEAM_NAMES.length);

describe('the mixes of own and reference seams', { timeout: TIMEOUT_MS }, () => {
  it('contain each pair of seams in all four combinations', () => {
    for (let i = 0; i < SEAM_NAMES.length; i++) {
      for (let j = i + 1; j < SEAM_NAMES.length; j++) {
        const pairs = new Set(mixes.map((mix) => `${mix[i]} ${mix[j]}`));
        expect(pairs.size, `${SEAM_NAMES[i]} and ${SEAM_NAMES[j]}`).toBe(4);
      }
    }
  });

  const named = mixes.map((mix) => SEAM_NAMES.filter((_, i) => mix[i]));
  it.each(named.map((own) => [own.join(', ') || 'none', own] as const))('run: %s', async (_, own) => {
    const { collected, repeated, titles, counts } = await runMix(own);
    expect(collected).toMatchObject({ accepted: 5, duplicates: 1, rejected: [{ index: 6 }] });
    expect(repeated).toMatchObject({ accepted: 0, duplicates: 6, rejected: [{ index: 6 }] });
    expect(titles).toBe(5);
    for (const { name, failedCalls, endedProcesses } of counts)
      expect({ name, failedCalls, endedProcesses }).toEqual({ name, failedCalls: 0, endedProcesses: 0 });
    const calls = (name: string) => counts.find((each) => each.name === name)?.calls ?? 0;
    expect(calls('validateEvent') > 0).toBe(own.includes('validate-event'));
    expect(calls('collectEvents') > 0).toBe(own.includes('collect-events'));
    expect(calls('explore') > 0).toBe(own.includes('explore'));
  });
});
