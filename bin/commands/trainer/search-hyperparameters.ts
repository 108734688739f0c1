import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bars } from '../../../functions/model-training/card/bar-chart.ts';
import { svgChart } from '../../../functions/universe/realism/svg-chart.ts';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { prepareSearch } from '../../../localstack/embedded/trainer/prepare-optuna-virtualenv.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { count, seconds, table } from '../../console/format-values-and-tables.ts';
import { progressOf, trainerFailure } from '../../console/parse-trainer-stderr.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

export interface SearchOptions {
  readonly home: string;
  readonly train: string;
  readonly trials: number;
  /** Folder of the trials and charts. */
  readonly folder: string;
  readonly seed: number;
  readonly json?: boolean;
}

interface Trial {
  readonly number: number;
  readonly value: number;
  readonly seconds: number;
  readonly settings: Readonly<Record<string, number>>;
}

/** Output of `python -m agentbricks_trainer search`. The first trial uses the defaults. */
interface SearchResult {
  readonly metric: string;
  readonly interactions: number;
  readonly users: number;
  readonly items: number;
  readonly trials: readonly Trial[];
  readonly best: Trial;
  /** Share of the variance between trials that each hyperparameter explains, 0 to 1. */
  readonly importance: Readonly<Record<string, number>>;
}

/**
 * Searches for hyperparameters with which the two-tower model predicts each user's last play better. Resumes an
 * interrupted search.
 */
export async function searchSettings(options: SearchOptions, terminal: Terminal): Promise<number> {
  return untilInterrupted(terminal, async (signal) => {
    const onStep = (step: string) => terminal.say(`Trainer: ${step}`);
    const python = await prepareSearch({ folder: homeAt(options.home).trainer, onStep, signal });
    const onLine = (line: string) => terminal.progress(`  ${progressOf(line)}`);
    const { status, stdout, tail } = await run(python, argumentsOf(options), { cwd: TRAINER_PACKAGE, onLine, signal });
    if (status !== 0) throw trainerFailure(tail);
    const found = JSON.parse(stdout) as SearchResult;
    for (const [name, svg] of chartsOf(found)) writeFileSync(join(options.folder, name), svg);
    if (options.json) terminal.out(JSON.stringify(found));
    else for (const line of pageOf(found, options.folder)) terminal.out(line);
    return 0;
  });
}

const argumentsOf = ({ train, trials, folder, seed }: SearchOptions): string[] => [
  ...['-m', 'agentbricks_trainer', 'search', '--train', resolve(train), '--folder', resolve(folder)],
  ...['--trials', String(trials), '--seed', String(seed)],
];

/** Differences of the metric are plotted in thousandths. */
const THOUSANDTHS = 1_000;

function* chartsOf({ metric, trials, importance }: SearchResult): Generator<[name: string, svg: string]> {
  const above = trials.map(({ value }) => THOUSANDTHS * (value - (trials[0]?.value ?? 0)));
  const points = (of: (i: number) => number) => above.map((_, i): [number, number] => [i + 1, of(i)]);
  yield [
    'history.svg',
    svgChart({
      title: 'Trials',
      x: 'trial (the first uses the defaults)',
      y: `${metric} above the defaults, in thousandths`,
      lines: [
        { name: 'best', points: points((i) => Math.max(...above.slice(0, i + 1))) },
        { name: 'trial', points: points((i) => above[i] ?? 0) },
      ],
    }),
  ];
  if (Object.keys(importance).length === 0) return;
  const rows = Object.entries(importance).map(([label, value]) => ({
    label,
    values: [{ value, low: value, high: value }],
  }));
  yield [
    'importance.svg',
    bars({
      title: 'Importance of each hyperparameter',
      axis: `share of the variance in ${metric}`,
      series: ['importance'],
      rows,
    }),
  ];
}

const DIGITS = 4;
const SETTING_DIGITS = 3;
const MS = 1_000;
const short = (value: number) => String(Number(value.toPrecision(SETTING_DIGITS)));

function pageOf(
  { metric, interactions, users, items, trials, best, importance }: SearchResult,
  folder: string,
): string[] {
  const [defaults = best] = trials;
  const rows = Object.entries(best.settings).map(([name, value]) => [
    name,
    short(defaults.settings[name] ?? value),
    short(value),
    importance[name] === undefined ? '' : importance[name].toFixed(2),
  ]);
  return [
    `${count(interactions)} plays, ${count(users)} last plays for validation, ${count(items)} items; ${trials.length} trials`,
    ...table([
      ['', 'defaults', `trial ${best.number}`, 'importance'],
      [metric, defaults.value.toFixed(DIGITS), best.value.toFixed(DIGITS), ''],
      ['training', seconds(defaults.seconds * MS), seconds(best.seconds * MS), ''],
      ...rows,
    ]),
    `The charts and best.json are in ${folder}. To test these hyperparameters on unseen data: evaluate --settings ${join(folder, 'best.json')}`,
  ];
}
