import type { ProfileName } from '../../../lib/profiles.ts';
import { templatesOf } from '../../aws/stack-templates.ts';
import { type Terminal, table } from '../../console/terminal.ts';
import { type BrickCost, type Estimate, estimate } from '../../cost/estimate.ts';
import { PRICE_TABLE, PRICES } from '../../cost/prices.ts';
import { DEFAULT_PEOPLE } from '../../cost/traffic.ts';

export interface CostOptions {
  readonly profile: ProfileName;
  /** People who use the service. @default - as many as the profile is for */
  readonly traffic?: number;
  /** Every figure, and not only the sum of each brick. */
  readonly lines?: boolean;
  readonly json?: boolean;
}

/** What each brick costs in a month, from the templates that would be deployed. */
export async function cost({ profile, traffic, lines, json }: CostOptions, terminal: Terminal): Promise<number> {
  terminal.progress(`  making the templates of the ${profile} profile`);
  const people = traffic ?? DEFAULT_PEOPLE[profile];
  const estimated = estimate(templatesOf(profile), { people, profile });
  if (json) {
    terminal.out(JSON.stringify({ profile, prices: PRICE_TABLE, ...estimated }));
    return 0;
  }
  for (const line of summary(estimated)) terminal.out(line);
  if (lines) for (const brick of estimated.bricks) for (const line of detail(brick)) terminal.out(line);
  for (const line of growth(estimated)) terminal.out(line);
  terminal.say(note(profile, people));
  return 0;
}

const dollars = (amount: number): string => amount.toFixed(2);

export function summary({ bricks, total }: Estimate): string[] {
  const row = (name: string, { fixed, use, atTenfold }: Estimate['total']): string[] => [
    name,
    ...[fixed, use, fixed + use, atTenfold].map(dollars),
  ];
  const rows = table([
    ['USD a month', 'fixed', 'by use', 'together', 'at 10× traffic'],
    ...bricks.map((cost) => row(cost.brick, cost)),
    row('all', total),
  ]);
  return withWords(rows, ['most of it', ...bricks.map(mostOf), '']);
}

/** A last column of words, which stand to the left. */
const withWords = (rows: readonly string[], words: readonly string[]): string[] =>
  rows.map((row, i) => `${row}   ${words[i] ?? ''}`.trimEnd());

/** The dearest figure, and what drives it. */
function mostOf({ lines: [first] }: BrickCost): string {
  return first === undefined ? '' : `${first.what} (${first.driver})`;
}

/** Under half a cent, now and later. */
const isNothing = ({ monthly, atTenfold }: BrickCost['lines'][number]) => Math.max(monthly, atTenfold) < 0.005;

function detail({ brick, lines }: BrickCost): string[] {
  const shown = lines.filter((line) => !isNothing(line));
  const rows = shown.map(({ what, monthly, atTenfold, kind }) => [
    `  ${what}`,
    dollars(monthly),
    dollars(atTenfold),
    kind === 'fixed' ? 'fixed' : 'by use',
  ]);
  const drivers = shown.map(
    ({ driver, price }) => `${driver}, at $${Number(PRICES[price].usd.toPrecision(3))} per ${PRICES[price].per}`,
  );
  return ['', ...withWords(table([[brick, 'now', 'at 10×', 'kind'], ...rows]), ['driver', ...drivers])];
}

/** Sizes that ten times the traffic outgrows. */
function growth({ ceilings }: Estimate): string[] {
  const outgrown = ceilings.filter(({ has, atTenfold }) => atTenfold > has);
  if (outgrown.length === 0) return ['', 'At 10× traffic every size in the templates still holds.'];
  const round = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
  const rows = outgrown.map(({ brick, what, unit, has, needs, atTenfold }) => [
    `${brick}: ${what}`,
    `${round(has)} ${unit}`,
    round(needs),
    round(atTenfold),
  ]);
  return ['', ...table([['outgrown at 10×', 'has', 'needs now', 'at 10×'], ...rows])];
}

const note = (profile: ProfileName, people: number): string =>
  `${people.toLocaleString('en-US')} people, ${profile} profile. List prices of ${PRICE_TABLE.region} as of ${PRICE_TABLE.asOf}, not looked up since, without tax and free tier: compare them with AWS's pages before you rely on them. docs/cost.md says what is assumed.`;
