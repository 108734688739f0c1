import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { programOf, type Step } from '../catalogue/list-steps-and-find-files.ts';
import type { CheckReport } from '../judging/problem-report-and-checkpoint-types.ts';
import { mutantsOf } from '../proof/read-mutants-and-variants.ts';

/** What the mentor says about a wrong solution. */
export interface Misconception {
  /** Name of the mutant with the most similar failures. */
  readonly name: string;
  readonly concept: string;
  /** The authored words. */
  readonly mentor: string;
}

/** Mutant → its failure vector: the names of all cases that it fails. */
export const FailureVectors = z.record(z.string(), z.array(z.string()));
export type FailureVectors = z.infer<typeof FailureVectors>;

/**
 * Least similarity of two vectors, from 0 to 1, at which the mentor names a misconception. Of 19 files for which new users
 * reported a wrong misconception, 18 reach 0.5 and 13 reach 0.6. At 0.6, 72 of 78 other spellings are named rightly.
 */
const LEAST_SIMILARITY = 0.6;

/** File of a step's recorded vectors, which `npm run prove -- --record` writes. */
export const vectorsFileOf = ({ folder }: Pick<Step, 'folder'>): string => join(folder, 'failure-vectors.json');

/** Returns the names of all cases that a program failed. They do not depend on the seed. */
export function failureVector({ requirements, problem }: CheckReport): string[] {
  if (problem) return [`problem: ${problem.what}`];
  return requirements.flatMap(({ says, passed, failed = [''] }) =>
    passed ? [] : failed.map((name) => (name === '' ? says : `${says}: ${name}`)),
  );
}

/**
 * Returns the misconception whose recorded failures are the most similar to those of a failed check. Returns undefined
 * for the unchanged exercise, in which the learner has written nothing yet.
 *
 * @param program the learner's code
 */
export function misconceptionIn(step: Step, report: CheckReport, program: string): Misconception | undefined {
  if (report.outcome !== 'failed' || squeezed(program) === squeezed(programOf(step, 'exercise'))) return undefined;
  const recorded = readVectors(step);
  const vector = failureVector(report);
  const [nearest] = mutantsOf(step)
    .filter(({ shows }) => shows === undefined || isShown(shows, report))
    .map((mutant) => ({ mutant, similarity: similarity(vector, recorded[mutant.name] ?? []) }))
    .sort((a, b) => b.similarity - a.similarity);
  if (!nearest || nearest.similarity < LEAST_SIMILARITY) return undefined;
  const { name, concept, mentor } = nearest.mutant;
  return { name, concept, mentor };
}

/** Returns whether a result that the report shows matches. Two mistakes may fail the same cases with different results. */
const isShown = (shows: string, { requirements }: CheckReport): boolean =>
  requirements.some(({ failedCase }) => failedCase && new RegExp(shows, 'u').test(failedCase.got));

export function readVectors(step: Pick<Step, 'folder'>): FailureVectors {
  const file = vectorsFileOf(step);
  return existsSync(file) ? FailureVectors.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
}

/** Jaccard similarity: the share of the cases that failed in both, among those that failed in at least one. */
export function similarity(one: readonly string[], other: readonly string[]): number {
  const both = one.filter((name) => other.includes(name)).length;
  const either = one.length + other.length - both;
  return either === 0 ? 0 : both / either;
}

const squeezed = (text: string): string => text.replaceAll(/\s+/g, '');
