import type { Terminal } from '../console/terminal.ts';
import { type Step, shown } from './find-step.ts';
import type { CheckResult, FailedCase } from './run-checks.ts';

/** Prints each requirement as passed or failed. A failed one is shown with its first failed call. */
export function printReport(step: Step, result: CheckResult, terminal: Terminal): void {
  const { promises, passed, problem, printed, file } = result;
  terminal.out(terminal.bold(`${step.id} ${step.title}`));
  if (problem) for (const line of problemLines(file, problem)) terminal.out(line);
  for (const { says, holds, broken } of promises) {
    terminal.out(`${holds ? '✓' : '✗'} ${says}`);
    if (broken) for (const line of failureLines(broken)) terminal.out(line);
  }
  if (printed && !passed) terminal.out(`\nYour code printed:\n${indented(printed.trimEnd())}`);
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

function nextLines({ id }: Step, { passed, promises }: CheckResult): string[] {
  if (passed) {
    return [`All ${promises.length} checks passed.`, `To use your code in the city: npx agentbricks use ${id}`];
  }
  const passedChecks = promises.filter(({ holds }) => holds).length;
  const summary =
    promises.length === 0 ? 'No check could run.' : `${passedChecks} of ${promises.length} checks passed.`;
  return [summary, `Fix the first ✗ first. For a hint: npx agentbricks check ${id} --hint`];
}

const indented = (text: string): string => text.replaceAll(/^/gm, '    ');
