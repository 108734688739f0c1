import { table } from '../console/format-values-and-tables.ts';
import type { BrickCost, Estimate } from './estimate.ts';

export const dollars = (amount: number): string => amount.toFixed(2);

/** Formats the monthly cost: one row per brick, with its largest cost item and the quantity that determines it. */
export function costSummary({ bricks, total }: Estimate): string[] {
  const row = (name: string, { fixed, use, atTenfold }: Estimate['total']): string[] => [
    name,
    ...[fixed, use, fixed + use, atTenfold].map(dollars),
  ];
  const rows = table([
    ['USD per month', 'fixed', 'by use', 'total', 'at 10× traffic'],
    ...bricks.map((cost) => row(cost.brick, cost)),
    row('all', total),
  ]);
  return withTextColumn(rows, ['largest cost', ...bricks.map(largestCost), '']);
}

/** Appends a column of text to the rows, aligned to the left. */
export const withTextColumn = (rows: readonly string[], texts: readonly string[]): string[] =>
  rows.map((row, i) => `${row}   ${texts[i] ?? ''}`.trimEnd());

function largestCost({ lines: [first] }: BrickCost): string {
  return first === undefined ? '' : `${first.what} (${first.driver})`;
}
