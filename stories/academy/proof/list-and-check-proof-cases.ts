import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { programOf, type Step } from '../catalogue/list-steps-and-find-files.ts';
import type { CheckReport } from '../judging/problem-report-and-checkpoint-types.ts';
import { mutantsOf, variantsOf } from './read-mutants-and-variants.ts';

/** A program of a step's matrix, and what its check must report. */
export interface ProofCase {
  /** Such as "mutant trusts-client-clocks". */
  readonly name: string;
  readonly kind: 'correct' | 'wrong' | 'mutant' | 'spelling' | 'canary' | 'liar';
  readonly program: string;
  /** For a mutant: the requirement that must fail first. */
  readonly rejectedBy?: string;
  /** For a canary: the text that must be in the report. */
  readonly token?: string;
}

/** Returns all programs of a step's matrix. */
export function proofCasesOf(step: Step): ProofCase[] {
  const token = `canary-${randomBytes(6).toString('hex')}`;
  const { canary, liar } = step.checkpoint;
  return [
    { name: 'starter', kind: 'wrong', program: programOf(step, 'exercise') },
    { name: 'empty file', kind: 'wrong', program: '' },
    { name: 'solution', kind: 'correct', program: programOf(step, 'solution') },
    ...[...variantsOf(step)].map(([name, program]) => ({ name: `variant ${name}`, kind: 'correct' as const, program })),
    ...mutantsOf(step).flatMap(({ name, program, rejectedBy, spellings }): ProofCase[] => [
      { name: `mutant ${name}`, kind: 'mutant', program, rejectedBy },
      ...spellings.map(
        (each, index): ProofCase => ({ name: `${name}, spelling ${index + 1}`, kind: 'spelling', program: each }),
      ),
    ]),
    { name: 'canary', kind: 'canary', program: canary(token), token },
    { name: 'liar', kind: 'liar', program: liar },
  ];
}

/** Runs a step's check on a program. */
export const checkProgram = (step: Step, program: string, seed: number): Promise<CheckReport> =>
  inWorkspace(step, program, (file) => step.checkpoint.check(file, seed));

/** Writes a program to a temporary workspace in the repository, for its imports. @param work receives the real path */
export async function inWorkspace<Result>(
  step: Pick<Step, 'learnerFile'>,
  program: string,
  work: (file: string) => Promise<Result>,
): Promise<Result> {
  const root = resolve(import.meta.dirname, '../../../.agentbricks');
  mkdirSync(root, { recursive: true });
  const folder = mkdtempSync(join(root, 'proof-'));
  try {
    const file = join(folder, basename(step.learnerFile));
    writeFileSync(file, program);
    return await work(realpathSync(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns what is wrong with the report of a program, or undefined if the check judged it rightly. */
export function contradiction({ kind, rejectedBy, token = '' }: ProofCase, report: CheckReport): string | undefined {
  const { outcome, requirements } = report;
  if (kind === 'correct') return outcome === 'passed' ? undefined : `${outcome}: ${firstFailure(report)}`;
  if (outcome !== 'failed') return `its outcome is “${outcome}”, not “failed”`;
  if (kind === 'canary') {
    return JSON.stringify(report).includes(token) ? undefined : 'the report does not contain the text that it throws';
  }
  if (kind === 'liar') return requirements.some(isPassed) && requirements.every(isPassed) ? 'it passed' : undefined;
  if (kind !== 'mutant') return undefined;
  const first = requirements.find(({ passed }) => !passed)?.says;
  return first === rejectedBy ? undefined : `“${first ?? report.problem?.what}” rejected it, not “${rejectedBy}”`;
}

const isPassed = ({ passed }: { readonly passed: boolean }): boolean => passed;

function firstFailure({ problem, requirements }: CheckReport): string {
  if (problem) return `${problem.what} (${problem.why})`;
  const failed = requirements.find(({ passed }) => !passed);
  const { input = '', expected = '', got = '' } = failed?.failedCase ?? {};
  return `${failed?.says}; input ${input}; expected ${expected}; got ${got}`;
}
