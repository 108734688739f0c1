import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Part, ProofResult } from './yield-quick-or-complete-proof-results.ts';

const GIBI = 2 ** 30;
const MINUTE = 60_000;

export interface Proof {
  readonly commit: string;
  /** Date of the proof, such as 2026-11-30. */
  readonly day: string;
  readonly results: readonly ProofResult[];
}

/** Returns the page that says how the checks of all steps were proven. */
export function proofPage({ commit, day, results }: Proof): string {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model}, ${Math.round(totalmem() / GIBI)} GiB, Node ${process.version}`;
  const faults = results.filter(({ fault }) => fault !== undefined);
  const minutes = results.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / MINUTE;
  return [
    '# Proof of the checks',
    '',
    '`npm run prove -- --all` wrote this page. The command checks programs whose judgement is known, with three seeds. It runs the',
    'live checks. It repeats the checks of each solution while two processes keep the machine busy.',
    '[How the checks are checked](../stories/README.md#how-the-checks-are-checked) describes the programs.',
    '',
    `${day}, commit ${commit}, ${machine}. ${results.length} judgements, ${Math.round(minutes)} minutes, ${faults.length} faults.`,
    '',
    '| step | programs × seeds | slowest check | live checks | slowest live check | checks under load | not judged under load | faults |',
    '|---|--:|--:|--:|--:|--:|--:|--:|',
    ...stepRows(results),
    '',
    ...(faults.length === 0 ? [] : ['## Faults', '', ...faults.map(faultLine), '']),
    '## Each program',
    '',
    'Right of judged: the number of right judgements, and of all judgements that the machine had time for.',
    '',
    '| step | part | program | right of judged | slowest |',
    '|---|---|---|--:|--:|',
    ...programRows(results),
    '',
  ].join('\n');
}

function stepRows(results: readonly ProofResult[]): string[] {
  return [...Map.groupBy(results, ({ step }) => step)].map(([step, own]) => {
    const of = (...parts: Part[]) => own.filter(({ part }) => parts.includes(part));
    const loaded = of('check under load', 'live under load');
    const cells = [
      ...[step, of('check').length, slowest(of('check')), of('live').length, slowest(of('live'))],
      ...[loaded.length, loaded.filter(({ notJudged }) => notJudged).length],
      own.filter(({ fault }) => fault !== undefined).length,
    ];
    return `| ${cells.join(' | ')} |`;
  });
}

function programRows(results: readonly ProofResult[]): string[] {
  const groups = Map.groupBy(results, ({ step, part, program }) => `${step} | ${part} | ${program}`);
  return [...groups].map(([name, own]) => {
    const judged = own.filter(({ notJudged }) => !notJudged);
    const right = judged.filter(({ fault }) => fault === undefined);
    return `| ${name} | ${right.length} of ${judged.length} | ${slowest(own)} |`;
  });
}

const faultLine = ({ step, part, program, seed, fault }: ProofResult): string =>
  `- ${step}, ${part}, ${program}${seed === undefined ? '' : `, seed ${seed}`}: ${fault}`;

const slowest = (results: readonly ProofResult[]): string =>
  results.length === 0 ? '' : `${(Math.max(...results.map(({ milliseconds }) => milliseconds)) / 1_000).toFixed(1)} s`;
