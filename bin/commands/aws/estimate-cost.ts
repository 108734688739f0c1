import type { ProfileName } from '../../../lib/deployment-profiles.ts';
import { templatesOf } from '../../aws/synthesise-templates.ts';
import { count, table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import { type BrickCost, type Estimate, estimate } from '../../cost/estimate.ts';
import { costSummary, dollars, withTextColumn } from '../../cost/format-cost-table.ts';
import { PRICE_TABLE, PRICES } from '../../cost/prices.ts';
import { DEFAULT_PEOPLE } from '../../cost/traffic-assumptions.ts';

export interface CostOptions {
  readonly profile: ProfileName;
  /** Number of users. @default - the number for which the profile is sized */
  readonly traffic?: number;
  /** Print every cost line of each brick. */
  readonly lines?: boolean;
  readonly json?: boolean;
}

/** Estimates the monthly cost of each brick from the templates that would be deployed. */
export async function cost({ profile, traffic, lines, json }: CostOptions, terminal: Terminal): Promise<number> {
  terminal.progress(`  synthesising the templates of the ${profile} profile`);
  const people = traffic ?? DEFAULT_PEOPLE[profile];
  const estimated = estimate(templatesOf(profile), { people, profile });
  if (json) {
    terminal.out(JSON.stringify({ profile, prices: PRICE_TABLE, ...estimated }));
    return 0;
  }
  for (const line of costSummary(estimated)) terminal.out(line);
  if (lines) for (const brick of estimated.bricks) for (const line of detail(brick)) terminal.out(line);
  for (const line of growth(estimated)) terminal.out(line);
  for (const line of notes(profile, people)) terminal.say(line);
  return 0;
}

/** Returns whether a cost item is below half a cent per month, both now and at ten times the traffic. */
const isNegligible = ({ monthly, atTenfold }: BrickCost['lines'][number]) => Math.max(monthly, atTenfold) < 0.005;

function detail({ brick, lines }: BrickCost): string[] {
  const shown = lines.filter((line) => !isNegligible(line));
  const rows = shown.map(({ what, monthly, atTenfold, kind }) => [
    `  ${what}`,
    dollars(monthly),
    dollars(atTenfold),
    kind === 'fixed' ? 'fixed' : 'by use',
  ]);
  const drivers = shown.map(
    ({ driver, price }) => `${driver}, at $${Number(PRICES[price].usd.toPrecision(3))} per ${PRICES[price].per}`,
  );
  return ['', ...withTextColumn(table([[brick, 'USD per month', 'at 10×', 'kind'], ...rows]), ['driver', ...drivers])];
}

/** Lists the capacities in the templates that are too small for ten times the traffic. */
function growth({ ceilings }: Estimate): string[] {
  const outgrown = ceilings.filter(({ has, atTenfold }) => atTenfold > has);
  if (outgrown.length === 0) return ['', 'All sizes in the templates are sufficient for 10× traffic.'];
  const round = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
  const rows = outgrown.map(({ brick, what, unit, has, needs, atTenfold }) => [
    `${brick}: ${what}`,
    `${round(has)} ${unit}`,
    round(needs),
    round(atTenfold),
  ]);
  return ['', ...table([['too small for 10× traffic', 'size', 'needed now', 'needed at 10×'], ...rows])];
}

const notes = (profile: ProfileName, people: number): string[] => [
  `Assumptions: ${count(people)} users, ${profile} profile (docs/cost.md).`,
  `Prices: list prices of ${PRICE_TABLE.region} as of ${PRICE_TABLE.asOf}, without tax and free tier. They are not updated automatically.`,
  "Compare them with AWS's pricing pages before you rely on them.",
];
