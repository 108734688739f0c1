import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Figure, rounded } from './figures-and-interleaved-rounds.ts';

export interface Section {
  readonly group: string;
  /** Description of the machine. */
  readonly machine: string;
  /** Date of the measurement. */
  readonly day: string;
  /** Commit of the measured code. */
  readonly commit: string;
  readonly figures: readonly Figure[];
}

const INTRODUCTION = `# Benchmarks

Every figure was printed by a command. \`npm run bench -- GROUP --page docs/benchmarks.md\` measures a group again and rewrites its section.

| column | meaning |
|---|---|
| value | median of the rounds, with minimum and maximum in parentheses |
| baseline | the existing tool that ours is compared with, and its median |
| ratio | our value divided by the baseline's, as the median over the rounds; our rounds and the baseline's alternate |
| target | the target that this project set for itself, and whether it is met or **missed** |
`;

const begin = (group: string) => `<!-- ${group} -->`;
const end = (group: string) => `<!-- /${group} -->`;

/** Writes a group's section into the page, replacing the earlier one. */
export function writeSection(path: string, section: Section): void {
  const page = existsSync(path) ? readFileSync(path, 'utf8') : INTRODUCTION;
  const { group } = section;
  const from = page.indexOf(begin(group));
  const to = page.indexOf(end(group));
  const text = sectionText(section);
  writeFileSync(
    path,
    from < 0 ? `${page}\n${text}\n` : page.slice(0, from) + text + page.slice(to + end(group).length),
  );
}

function sectionText({ group, machine, day, commit, figures }: Section): string {
  return [
    begin(group),
    `## ${group}`,
    '',
    `${day}, commit ${commit}, ${machine}.`,
    '',
    '| figure | value | baseline | ratio | target | |',
    '|---|--:|--:|--:|---|---|',
    ...figures.map(row),
    end(group),
  ].join('\n');
}

function row({ bench, value, unit, rounds, peer, ratio, target, met }: Figure): string {
  const spread = rounds.length > 1 ? ` (${rounded(Math.min(...rounds))}–${rounded(Math.max(...rounds))})` : '';
  const cells = [
    bench,
    `${rounded(value)} ${unit}${spread}`,
    peer ? `${peer.name}: ${rounded(peer.value)}` : '',
    ratio === undefined ? '' : rounded(ratio),
    target?.replace('>=', '≥').replace('<=', '≤') ?? '',
    met === undefined ? '' : met ? 'met' : '**missed**',
  ];
  return `| ${cells.join(' | ')} |`;
}
