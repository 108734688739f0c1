import type { SeamName } from '#adapters/composition/read-and-watch-seams-json.ts';
import { type StepSummary, shown } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import type { FailedCase, Problem } from '../../../stories/academy/judging/problem-report-and-checkpoint-types.ts';
import type { CheckResult } from '../../../stories/academy/judging/run-checkpoint-on-file.ts';
import type { Terminal } from '../../console/terminal.ts';
import { placeOf, replaceableSeam } from '../../learner-code/explain-where-learners-file-is-used.ts';
import type { MentoredResult } from './judge-and-record.ts';

/** Exit status of a command that ran the checks. */
export const EXIT_STATUS = { passed: 0, failed: 1, 'could not judge': 3 } as const;

/** Prints each requirement as passed or failed. A failed one is shown with its first failed call. */
export function printReport(step: StepSummary, result: MentoredResult, terminal: Terminal): void {
  const { requirements, outcome, problem, printed, file, misconception, comments = [] } = result;
  terminal.out(terminal.bold(`${step.id} ${step.title}`));
  if (problem) for (const line of problemLines(file, problem)) terminal.out(line);
  for (const { says, passed, failedCase, sameAs } of requirements) {
    terminal.out(`${passed ? '✓' : '✗'} ${says}${sameAs === undefined ? '' : `: the same result as for “${sameAs}”`}`);
    if (failedCase) for (const line of failureLines(failedCase)) terminal.out(line);
  }
  if (misconception) {
    const { concept, mentor } = misconception;
    terminal.out(`\nThe mentor, about ${concept}: programs that fail like yours often have this mistake. ${mentor}`);
  }
  for (const [remark, places] of Map.groupBy(comments, ({ rule, says }) => `${rule}. ${says}`)) {
    const lines = [...new Set(places.map(({ line }) => line))];
    terminal.out(`\n${shown(file)}:${lines.join(', ')}: ${remark}`);
  }
  if (printed && outcome !== 'passed') terminal.out(`\nYour code printed:\n${indented(printed.trimEnd())}`);
  terminal.out('');
  for (const line of nextLines(step, result)) terminal.out(line);
}

/** Describes a problem in a file. */
export function problemLines(file: string, problem: Problem): string[] {
  const { what, why, fix, line, input } = problem;
  return [
    `✗ ${shown(file)}${line === undefined ? '' : `:${line}`}: ${what}`,
    ...(input === undefined ? [] : [`    input     ${input}`]),
    `    why       ${why}`,
    `    fix       ${fix}`,
  ];
}

const failureLines = ({ input, expected, got, why, look }: FailedCase): string[] => [
  `    input     ${input}`,
  `    expected  ${expected}`,
  `    got       ${got}`,
  `    why       ${why}`,
  ...(look === undefined ? [] : [`    look at   ${look}`]),
];

const TYPES = 'Types are not checked here: your editor and `npx tsc --noEmit -p workspace` check them.';
const NOT_IN_THE_CITY = 'The city cannot run your code of this step yet.';

const useLine = (id: string, seam: SeamName | undefined): string =>
  seam ? `To use your code in ${placeOf(seam)}: npx agentbricks use ${id}` : NOT_IN_THE_CITY;

function nextLines(step: StepSummary, { outcome, requirements, problem }: CheckResult): string[] {
  const { id, seams } = step;
  if (outcome === 'passed') {
    return [
      `All ${requirements.length} checks passed.`,
      ...(seams[0]?.file.endsWith('.ts') ? [TYPES] : []),
      `To compare your code with the reference implementation: npx agentbricks diff ${id}`,
      useLine(id, replaceableSeam(step)),
    ];
  }
  if (outcome === 'could not judge')
    return [`Could not judge${problem ? '' : ': the machine was too busy'}. The attempt does not count.`];
  const passedChecks = requirements.filter(({ passed }) => passed).length;
  const summary =
    requirements.length === 0 ? 'No check could run.' : `${passedChecks} of ${requirements.length} checks passed.`;
  return [summary, `Fix the first ✗ first. For a hint: npx agentbricks check ${id} --hint`];
}

const indented = (text: string): string => text.replaceAll(/^/gm, '    ');
