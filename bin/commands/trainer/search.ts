import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bars } from '../../../functions/model-training/card/bar-chart.ts';
import { svgChart } from '../../../functions/universe/realism/svg-chart.ts';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { prepareSearch } from '../../../localstack/embedded/trainer/optuna-environment.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/trainer-environment.ts';
import { untilInterrupted } from '../../console/interrupt.ts';
import { seconds, type Terminal, table } from '../../console/terminal.ts';
import { progressOf, trainerFailure } from '../../console/trainer-output.ts';
import { homeAt } from '../../home/home.ts';

export interface SearchOptions {
  readonly home: string;
  readonly train: string;
  readonly trials: number;
  /** Where trials are kept, and the pictures. */
  readonly folder: string;
  readonly seed: number;
  readonly json?: boolean;
}

interface Tried {
  readonly number: number;
  readonly value: number;
  readonly seconds: number;
  readonly settings: Readonly<Record<string, number>>;
}

/** What `python -m agentbricks_trainer search` prints. The first trial is that of the defaults. */
interface Found {
  readonly metric: string;
  readonly interactions: number;
  readonly users: number;
  readonly items: number;
  readonly trials: readonly Tried[];
  readonly best: Tried;
  /** Setting → its share of what made trials differ. */
  readonly importance: Readonly<Record<string, number>>;
}

/** Settings of the two-tower that foretell each user's last play of the file better; goes on where it was stopped. */
export async function searchSettings(options: SearchOptions, terminal: Terminal): Promise<number> {
  return untilInterrupted(terminal, async (signal) => {
    const onStep = (step: string) => terminal.say(`Trainer: ${step}`);
    const python = await prepareSearch({ folder: homeAt(options.home).trainer, onStep, signal });
    const onLine = (line: string) => terminal.progress(`  ${progressOf(line)}`);
    const { status, stdout, tail } = await run(python, argumentsOf(options), { cwd: TRAINER_PACKAGE, onLine, signal });
    if (status !== 0) throw trainerFailure(tail);
    const found = JSON.parse(stdout) as Found;
    for (const [name, picture] of picturesOf(found)) writeFileSync(join(options.folder, name), picture);
    if (options.json) terminal.out(JSON.stringify(found));
    else for (const line of pageOf(found, options.folder)) terminal.out(line);
    return 0;
  });
}

const argumentsOf = ({ train, trials, folder, seed }: SearchOptions): string[] => [
  ...['-m', 'agentbricks_trainer', 'search', '--train', resolve(train), '--folder', resolve(folder)],
  ...['--trials', String(trials), '--seed', String(seed)],
];

/** Of the metric: what its last digit shown stands for. */
const THOUSANDTHS = 1_000;

function* picturesOf({ metric, trials, importance }: Found): Generator<[name: string, svg: string]> {
  const above = trials.map(({ value }) => THOUSANDTHS * (value - (trials[0]?.value ?? 0)));
  const points = (of: (i: number) => number) => above.map((_, i): [number, number] => [i + 1, of(i)]);
  yield [
    'history.svg',
    svgChart({
      title: 'Trials',
      x: 'trial; the first has the defaults',
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
      title: 'What made trials differ',
      axis: `share of the differences in ${metric}`,
      series: ['importance'],
      rows,
    }),
  ];
}

const DIGITS = 4;
const SETTING_DIGITS = 3;
const MS = 1_000;
const short = (value: number) => String(Number(value.toPrecision(SETTING_DIGITS)));

function pageOf({ metric, interactions, users, items, trials, best, importance }: Found, folder: string): string[] {
  const count = (value: number) => value.toLocaleString('en-US');
  const [defaults = best] = trials;
  const rows = Object.entries(best.settings).map(([name, value]) => [
    name,
    short(defaults.settings[name] ?? value),
    short(value),
    importance[name] === undefined ? '' : importance[name].toFixed(2),
  ]);
  return [
    `${count(interactions)} plays, ${count(users)} last plays to judge by, ${count(items)} items; ${trials.length} trials`,
    ...table([
      ['', 'defaults', `trial ${best.number}`, 'importance'],
      [metric, defaults.value.toFixed(DIGITS), best.value.toFixed(DIGITS), ''],
      ['training', seconds(defaults.seconds * MS), seconds(best.seconds * MS), ''],
      ...rows,
    ]),
    `Pictures and best.json are in ${folder}. Try the settings on a test that no trial saw: evaluate --settings ${join(folder, 'best.json')}`,
  ];
}
