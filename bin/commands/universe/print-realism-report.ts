import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import { type Statistics, statisticsOf } from '../../../functions/universe/realism/interaction-statistics.ts';
import type { Interactions } from '../../../functions/universe/realism/interaction-table-and-row-operations.ts';
import {
  BANDS,
  type Band,
  isInside,
  LEARNABILITY_BANDS,
  type Learnability,
} from '../../../functions/universe/realism/realism-bands.ts';
import { realismCharts } from '../../../functions/universe/realism/realism-charts.ts';
import { simulatedInteractions } from '../../../functions/universe/realism/simulate-plays-without-service.ts';
import { CITY_STARTS_AT } from '../../../localstack/embedded/city/simulate-until.ts';
import { learnability } from '../../../localstack/embedded/studies/realism/learnability.ts';
import { realInteractions } from '../../../localstack/embedded/studies/realism/real-interactions.ts';
import { prepareTrainer } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { table } from '../../console/format-values-and-tables.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

export interface UniverseReportOptions {
  readonly home: string;
  readonly agents: number;
  readonly titles: number;
  readonly days: number;
  readonly seeds: readonly number[];
  readonly against?: string;
  readonly pictures?: string;
  readonly json?: boolean;
}

/** The measurements of one world. */
interface Measured {
  readonly statistics: Statistics;
  readonly learnability?: Learnability;
}

interface Row extends Pick<Band, 'name' | 'from' | 'to' | 'source'> {
  /** One value per seed. */
  readonly simulated: readonly number[];
  readonly real?: number;
  readonly inside: boolean;
}

type Measure = (interactions: Interactions, seed: number) => Promise<Measured>;

/** Compares simulated worlds with a real data set. @returns 1 if a value is outside its target range */
export async function universeReport(options: UniverseReportOptions, terminal: Terminal): Promise<number> {
  return untilInterrupted(terminal, async (signal) => {
    const python = await pythonOf(options, terminal, signal);
    const measure: Measure = async (interactions, seed) => ({
      statistics: statisticsOf(interactions),
      ...(python ? { learnability: await learnability(interactions, { python, seed, signal }) } : {}),
    });
    const worlds = await simulatedWorlds(options, measure, terminal, signal);
    const { against } = options;
    const real =
      against === undefined ? undefined : await measure(await realInteractions(against, Date.now(), signal), 0);
    const rows = rowsOf(worlds, real);
    if (options.pictures) writeCharts(options.pictures, worlds, real, terminal);
    print(rows, options, terminal);
    return rows.every(({ inside }) => inside) ? 0 : 1;
  });
}

async function simulatedWorlds(
  { seeds, agents, titles, days }: UniverseReportOptions,
  measure: Measure,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Measured[]> {
  const worlds: Measured[] = [];
  for (const seed of seeds) {
    signal.throwIfAborted();
    terminal.progress(`  seed ${seed}`);
    const interactions = simulatedInteractions({ seed, agents, titles, startAt: CITY_STARTS_AT }, days);
    worlds.push(await measure(interactions, seed));
  }
  return worlds;
}

async function pythonOf({ home }: UniverseReportOptions, terminal: Terminal, signal: AbortSignal) {
  try {
    const onStep = (step: string) => terminal.say(`Trainer: ${step}`);
    return await prepareTrainer({ folder: homeAt(home).trainer, onStep, signal });
  } catch (error) {
    if (!(error instanceof BrickError)) throw error;
    terminal.say(`Learnability is not measured: ${error.message}`);
    return undefined;
  }
}

function rowsOf(worlds: readonly Measured[], real: Measured | undefined): Row[] {
  const row = ({ name, from, to, source }: Omit<Band, 'of'>, of: (world: Measured) => number | undefined): Row[] => {
    const simulated = worlds.map(of).filter((value) => value !== undefined);
    const inside = simulated.every((value) => isInside({ from, to }, value));
    return simulated.length === 0 ? [] : [{ name, from, to, source, simulated, real: real && of(real), inside }];
  };
  return [
    ...BANDS.flatMap((band) => row(band, ({ statistics }) => band.of(statistics))),
    ...LEARNABILITY_BANDS.flatMap((band) => row(band, (world) => world.learnability?.[band.of])),
  ];
}

function writeCharts(
  folder: string,
  worlds: readonly Measured[],
  real: Measured | undefined,
  terminal: Terminal,
): void {
  mkdirSync(folder, { recursive: true });
  const [first] = worlds;
  const shown = { ...(first ? { simulated: first.statistics } : {}), ...(real ? { real: real.statistics } : {}) };
  const charts = realismCharts(shown);
  for (const [name, svg] of charts) writeFileSync(join(folder, `${name}.svg`), svg);
  terminal.say(`${charts.size} charts in ${folder}`);
}

const DIGITS = 3;
const short = (value: number) => value.toLocaleString('en', { maximumSignificantDigits: DIGITS });
const range = (values: readonly number[]) => {
  const [least, most] = [short(Math.min(...values)), short(Math.max(...values))];
  return least === most ? least : `${least}–${most}`;
};

function print(rows: readonly Row[], { json, seeds }: UniverseReportOptions, terminal: Terminal): void {
  if (json) {
    terminal.out(JSON.stringify({ seeds, rows, inside: rows.every(({ inside }) => inside) }));
    return;
  }
  const lines = rows.map(({ name, simulated, real, from, to, inside }) => [
    name,
    range(simulated),
    real === undefined ? '' : short(real),
    from === to ? short(from) : `${short(from)}–${short(to)}`,
    inside ? 'inside' : 'OUTSIDE',
  ]);
  const header = ['', `simulated (seeds ${seeds.join(', ')})`, 'real', 'band', ''];
  for (const line of table([header, ...lines])) terminal.out(line);
  const outside = rows.filter(({ inside }) => !inside).map(({ name }) => name);
  if (outside.length > 0) terminal.say(`Outside the target range: ${outside.join('; ')}.`);
}
