import { type Step, shown } from '../../../stories/academy/catalogue/find-step.ts';
import type { FailedCase } from '../../../stories/academy/judging/evaluate-requirement.ts';
import type { CheckResult } from '../../../stories/academy/judging/run-checks.ts';
import type { Terminal } from '../../console/terminal.ts';

/** Exit status of a command that ran the checks. */
export const EXIT_STATUS = { passed: 0, failed: 1, 'could not judge': 3 } as const;

/** Prints each requirement as passed or failed. A failed one is shown with its first failed call. */
export function printReport(step: Step, result: CheckResult, terminal: Terminal): void {
  const { requirements, outcome, problem, printed, file } = result;
  terminal.out(terminal.bold(`${step.id} ${step.title}`));
  if (problem) for (const line of problemLines(file, problem)) terminal.out(line);
  for (const { says, passed, failedCase, sameAs } of requirements) {
    terminal.out(`${passed ? '✓' : '✗'} ${says}${sameAs === undefined ? '' : `: the same result as for “${sameAs}”`}`);
    if (failedCase) for (const line of failureLines(failedCase)) terminal.out(line);
  }
  if (printed && outcome !== 'passed') terminal.out(`\nYour code printed:\n${indented(printed.trimEnd())}`);
  terminal.out('');
  for (const line of nextLines(step, result)) terminal.out(line);
}

function problemLines(file: string, problem: NonNullable<CheckResult['problem']>): string[] {
  const { what, why, fix, line, input } = problem;
  return [
    `✗ ${shown(file)}${line === undefined ? '' : `:${line}`}: ${what}`,
    ...(input === undefined ? [] : [`    input     ${input}`]),
    `    why       ${why}`,
    `    fix       ${fix}`,
  ];
}

const failureLines = ({ input, expected, got, why }: FailedCase): string[] => [
  `    input     ${input}`,
  `    expected  ${expected}`,
  `    got       ${got}`,
  `    why       ${why}`,
];

function nextLines({ id }: Step, { outcome, requirements }: CheckResult): string[] {
  if (outcome === 'passed') {
    return [
      `All ${requirements.length} checks passed.`,
      'Types are not checked here: your editor and `npx tsc --noEmit -p workspace` check them.',
      `To use your code in the city: npx agentbricks use ${id}`,
    ];
  }
  if (outcome === 'could not judge') return ['Could not judge: the machine was too busy. The attempt does not count.'];
  const passedChecks = requirements.filter(({ passed }) => passed).length;
  const summary =
    requirements.length === 0 ? 'No check could run.' : `${passedChecks} of ${requirements.length} checks passed.`;
  return [summary, `Fix the first ✗ first. For a hint: npx agentbricks check ${id} --hint`];
}

const indented = (text: string): string => text.replaceAll(/^/gm, '    ');
