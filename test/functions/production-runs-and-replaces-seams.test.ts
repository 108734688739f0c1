import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { seamsPage } from '../../docs/write-seams-page.ts';
import { SEAMS } from '../../functions/platform/seams.ts';
import { PROOFS } from './platform/prove-import-graph-reaches-seams.ts';
import { EXERCISES } from './platform/run-production-code-per-seam.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** First two digits of a step → number of such steps in the story. */
const STEPS = { '01': 6, '02': 6, '03': 7, '04': 8, '05': 6, '06': 5 };
/** Steps without a seam: production has none for 01.5 yet, and 05.6 is a diagnosis, which is not code. */
const WITHOUT_SEAM = ['01.5', '05.6'];

const allSteps = Object.entries(STEPS).flatMap(([brick, steps]) =>
  Array.from({ length: steps }, (_, i) => `${brick}.${i + 1}`),
);

describe('the table of seams', () => {
  it('has rows for exactly the steps of the story', () => {
    const expected = allSteps.filter((step) => !WITHOUT_SEAM.includes(step));
    expect(allSteps).toHaveLength(38);
    expect([...new Set(SEAMS.map(({ step }) => step))]).toEqual(expected);
  });

  it('names each seam once', () => {
    const rows = SEAMS.map(({ name, file }) => `${name} in ${file}`);
    expect(rows.filter((row, i) => rows.indexOf(row) !== i)).toEqual([]);
  });

  it('is what docs/seams.md shows (npm run seams)', () => {
    expect(readFileSync(join(ROOT, 'docs/seams.md'), 'utf8')).toBe(seamsPage(SEAMS));
  });
});

describe('production', () => {
  it.each(SEAMS.filter(({ unused }) => !unused))('runs $name of step $step ($kind)', async (seam) => {
    expect(await PROOFS[seam.kind](seam)).toEqual([]);
  });
});

describe('a seam that production does not run yet', () => {
  it.each(SEAMS.filter(({ unused }) => unused))(
    'is marked as long as that is so: $name of step $step',
    async (seam) => {
      expect(await PROOFS[seam.kind](seam)).toEqual([expect.stringContaining('no production entry reaches')]);
    },
  );
});

describe('a replaced seam', () => {
  afterEach(() => {
    vi.resetModules();
  });

  const replaceable = SEAMS.filter(
    ({ kind, step, unused }) => kind === 'typescript' && !unused && step.slice(0, 2) in EXERCISES,
  );

  it.each(replaceable)('$name of step $step decides what production returns', async ({ name, file, step }) => {
    const path = join(ROOT, file);
    const sentinel = `sentinel of ${name}`;
    vi.resetModules();
    vi.doMock(path, async (importOriginal) => ({
      ...(await importOriginal<object>()),
      [name]: () => {
        throw new Error(sentinel);
      },
    }));
    try {
      expect(await EXERCISES[step.slice(0, 2)]?.()).toContain(sentinel);
    } finally {
      vi.doUnmock(path);
    }
  });

  it.each(Object.keys(EXERCISES))('is noticed because brick %s returns no sentinel otherwise', async (brick) => {
    expect(await EXERCISES[brick]?.()).not.toContain('sentinel');
  });
});
