import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { programFileOf, type Step, shown } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { appendProgress, readProgress } from '../../../stories/academy/progress/progress-log.ts';
import { mutantsOf } from '../../../stories/academy/proof/read-mutants-and-variants.ts';
import {
  checkExamples,
  type ExamplesReport,
} from '../../../stories/academy/runners/check-learners-examples-against-mutants.ts';
import type { Terminal } from '../../console/terminal.ts';
import { problemLines } from './print-check-report.ts';

/**
 * Checks the examples that the learner writes before the code. Examples that have passed are not checked again until
 * they change.
 *
 * @param file the learner's file for the code, in whose folder examples.ts is
 * @returns undefined if the step asks for no examples, or if they have passed
 */
export async function judgeExamples(
  step: Step,
  file: string,
  seed: number,
  workspace: string,
): Promise<ExamplesReport | undefined> {
  if (!step.examples) return undefined;
  const path = examplesFileOf(file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return missing(step, path);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  if (havePassed(step.id, sha256, workspace)) return undefined;
  const mutants = mutantsOf(step).map(({ name, program }) => ({
    name,
    source: { code: program, folder: step.folder },
  }));
  const programs = { reference: { file: programFileOf(step, 'solution') }, mutants };
  const report = await checkExamples(step.examples, realpathSync(path), programs, seed);
  const { outcome, caught, missed } = report;
  appendProgress(workspace, {
    kind: 'examples',
    at: Date.now(),
    step: step.id,
    outcome,
    sha256,
    caught: [...caught],
    missed: [...missed],
  });
  return outcome === 'passed' ? undefined : report;
}

const examplesFileOf = (file: string): string => join(dirname(file), 'examples.ts');

const havePassed = (step: string, sha256: string, workspace: string): boolean =>
  readProgress(workspace).some(
    (entry) =>
      entry.kind === 'examples' && entry.step === step && entry.outcome === 'passed' && entry.sha256 === sha256,
  );

const missing = ({ id, examples }: Step, path: string): ExamplesReport => ({
  ...{ outcome: 'failed', examples: 0, wrong: [], caught: [], missed: [], mustCatch: examples?.mustCatch ?? 0 },
  problem: {
    what: `there is no file ${shown(path)}`,
    why: 'in this step, you write examples before the code',
    fix: `Run npx agentbricks start ${id}, which copies missing files and changes no existing file`,
  },
});

/** Prints which wrong programs the examples catch, and what is wrong with the examples. */
export function printExamples(step: Step, file: string, report: ExamplesReport, terminal: Terminal): void {
  const { problem, wrong, caught, missed, mustCatch, outcome } = report;
  const path = examplesFileOf(file);
  terminal.out(terminal.bold(`${step.id} ${step.title}: your examples`));
  for (const each of [...(problem ? [problem] : []), ...wrong]) {
    for (const line of problemLines(path, each)) terminal.out(line);
  }
  if (outcome === 'could not judge') {
    terminal.out('Could not judge: the machine was too busy. The attempt does not count.');
    return;
  }
  if (problem) return;
  const total = caught.length + missed.length;
  terminal.out(
    `Your examples catch ${caught.length} of ${total} wrong programs. To continue, they must catch ${mustCatch}.`,
  );
  terminal.out(`Write an example in ${shown(path)} that a careless program would get wrong, then check again.`);
}
