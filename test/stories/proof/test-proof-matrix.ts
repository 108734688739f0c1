import { afterAll, describe, expect, it } from 'vitest';
import { allSteps, findStep } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { failureVector, misconceptionIn, readVectors } from '../../../stories/academy/mentor/name-misconception.ts';
import { lintStep } from '../../../stories/academy/proof/lint-step.ts';
import {
  checkProgram,
  contradiction,
  proofCasesOf,
} from '../../../stories/academy/proof/list-and-check-proof-cases.ts';
import { mutantsOf } from '../../../stories/academy/proof/read-mutants-and-variants.ts';
import { keepPythonWarm } from '../../../stories/academy/runners/python/warm-process.ts';

const SEED = 11;
/** Milliseconds for one program on a busy machine. */
const timeout = 120_000;
/** Least share of the other spellings, over all steps, whose misconception the mentor must name rightly. */
const LEAST_NAMED = 0.8;

/**
 * Declares the tests of the proof matrix of some bricks. Each test file has a part of the bricks, so that several
 * workers run the matrix.
 *
 * @param bricks their numbers, such as 01
 */
export async function testProofMatrix(bricks: readonly string[]): Promise<void> {
  const all = allSteps().filter(({ id }) => bricks.some((brick) => id.startsWith(`${brick}.`)));
  const steps = await Promise.all(all.map(({ id }) => findStep(id)));
  /** For each other spelling of a misconception: whether the mentor named the right one. */
  const named: boolean[] = [];
  /** Each check of a Python step runs in a copy of one process, which has imported PyTorch. */
  const warm = keepPythonWarm();
  afterAll(() => warm[Symbol.dispose]());

  describe.each(steps.map((step) => ({ id: step.id, title: step.title, step })))('step $id $title', ({ step }) => {
    const mutants = mutantsOf(step);

    it('lacks nothing', () => {
      expect(lintStep(step)).toEqual([]);
    });

    it('has the failure vector of each mutant on record', () => {
      expect(Object.keys(readVectors(step)).sort()).toEqual(mutants.map(({ name }) => name));
    });

    it.each(proofCasesOf(step))('judges rightly: $name', { timeout }, async (proofCase) => {
      const report = await checkProgram(step, proofCase.program, SEED);
      expect(contradiction(proofCase, report)).toBeUndefined();
      const { kind, name } = proofCase;
      if (kind === 'correct') expect(misconceptionIn(step, report, proofCase.program)).toBeUndefined();
      const mutant = mutants.find(
        (each) => name === `mutant ${each.name}` || name.startsWith(`${each.name}, spelling`),
      );
      if (kind === 'mutant') {
        expect(failureVector(report)).toEqual(readVectors(step)[mutant?.name ?? '']);
        expect(misconceptionIn(step, report, proofCase.program)?.name).toBe(mutant?.name);
      }
      if (kind === 'spelling') named.push(misconceptionIn(step, report, proofCase.program)?.name === mutant?.name);
    });
  });

  describe('the mentor', () => {
    it('names the right misconception for most programs whose failures are not on record', () => {
      expect(named.length).toBeGreaterThanOrEqual(steps.length * 6);
      expect(named.filter(Boolean).length / named.length).toBeGreaterThanOrEqual(LEAST_NAMED);
    });
  });
}
