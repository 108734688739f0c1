import type { Terminal } from '../console/terminal.ts';
import type { Broken, Verdict } from './run-checks.ts';
import { type Step, shown } from './steps.ts';

/** A verdict in words that teach: what holds, and the first call that broke each promise that does not. */
export function report(step: Step, verdict: Verdict, terminal: Terminal): void {
  const { promises, passed, problem, printed, file } = verdict;
  terminal.out(terminal.bold(`${step.id} ${step.title}`));
  if (problem) reportProblem(file, problem, terminal);
  for (const { says, holds, broken } of promises) {
    terminal.out(`${holds ? '✓' : '✗'} ${says}`);
    if (broken) for (const line of brokenLines(broken)) terminal.out(line);
  }
  if (printed && !passed) terminal.out(`\nYour code printed:\n${indented(printed.trimEnd())}`);
  terminal.out('');
  for (const line of nextLines(step, verdict)) terminal.out(line);
}

function reportProblem(file: string, problem: NonNullable<Verdict['problem']>, terminal: Terminal): void {
  const { what, why, fix, line, input } = problem;
  terminal.out(`✗ ${shown(file)}${line === undefined ? '' : `:${line}`}: ${what}`);
  if (input !== undefined) terminal.out(`    input     ${input}`);
  terminal.out(`    why       ${why}`);
  terminal.out(`    mend      ${fix}`);
}

const brokenLines = ({ input, expected, got, why }: Broken): string[] => [
  `    input     ${input}`,
  `    expected  ${expected}`,
  `    got       ${got}`,
  `    why       ${why}`,
];

function nextLines({ id }: Step, { passed, promises }: Verdict): string[] {
  if (passed) {
    return [`All ${promises.length} promises hold.`, `Let the city use it: npx agentbricks use ${id}`];
  }
  const kept = promises.filter(({ holds }) => holds).length;
  const told = promises.length === 0 ? 'Nothing could be judged yet.' : `${kept} of ${promises.length} promises hold.`;
  return [told, `Mend the first ✗ first. Stuck? npx agentbricks check ${id} --hint`];
}

const indented = (text: string): string => text.replaceAll(/^/gm, '    ');
