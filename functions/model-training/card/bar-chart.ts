import { escaped } from '#domain/core/escape-markup.ts';
import type { Estimate } from '#domain/core/paired-and-bootstrap-estimates.ts';

/** One row of a chart: a label, and an estimate per series. */
export interface Row {
  readonly label: string;
  readonly values: readonly (Estimate | undefined)[];
}

export interface Bars {
  readonly title: string;
  /** Label of the axis, with its unit. */
  readonly axis: string;
  readonly series: readonly string[];
  readonly rows: readonly Row[];
}

const WIDTH = 720;
const LABELS = 190;
const RIGHT = 24;
const TOP = 64;
const BAR = 14;
const GAP = 12;
const BOTTOM = 44;
const TICKS = 4;
const LEGEND_STEP = 130;
/** Colours of Okabe and Ito's palette, which are distinguishable with any colour vision. */
const COLOURS = ['#0072b2', '#e69f00', '#009e73'];
const number = (value: number) => String(Number(value.toPrecision(3)));

/**
 * Returns horizontal bars with 95 % intervals as SVG. It is legible on light and dark backgrounds and has a label for
 * screen readers.
 */
export function bars({ title, axis, series, rows }: Bars): string {
  const most = Math.max(...rows.flatMap(({ values }) => values.map((value) => value?.high ?? 0)), Number.EPSILON);
  const x = (value: number) => LABELS + (Math.max(0, value) / most) * (WIDTH - LABELS - RIGHT);
  const rowHeight = series.length * BAR + GAP;
  const foot = TOP + rows.length * rowHeight;
  const parts = [
    `<text x="16" y="26" font-size="16" font-weight="bold">${escaped(title)}</text>`,
    ...series.map((name, i) => legend(name, i)),
    ...ticks(x, most, foot),
    ...rows.flatMap((row, i) => rowOf(row, TOP + i * rowHeight, x)),
    `<text x="${(LABELS + WIDTH - RIGHT) / 2}" y="${foot + BOTTOM - 6}" text-anchor="middle">${escaped(axis)}</text>`,
  ];
  const height = foot + BOTTOM;
  const frame = `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}" font-family="sans-serif" font-size="12" fill="#222222">\n${[frame, ...parts].join('\n')}\n</svg>\n`;
}

const legend = (name: string, i: number) =>
  `<rect x="${LABELS + i * LEGEND_STEP}" y="38" width="12" height="12" fill="${COLOURS[i % COLOURS.length]}"/><text x="${LABELS + i * LEGEND_STEP + 18}" y="48">${escaped(name)}</text>`;

const ticks = (x: (value: number) => number, most: number, foot: number) =>
  Array.from({ length: TICKS + 1 }, (_, i) => {
    const value = (most * i) / TICKS;
    return `<line x1="${x(value)}" y1="${TOP - 6}" x2="${x(value)}" y2="${foot}" stroke="#dddddd"/><text x="${x(value)}" y="${foot + 16}" text-anchor="middle">${number(value)}</text>`;
  });

function rowOf({ label, values }: Row, top: number, x: (value: number) => number): string[] {
  const middle = top + (values.length * BAR) / 2;
  return [
    `<text x="${LABELS - 8}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
    ...values.flatMap((value, i) => {
      if (!value) return [];
      const y = top + i * BAR;
      return [
        `<rect x="${x(0)}" y="${y + 1}" width="${x(value.value) - x(0)}" height="${BAR - 2}" fill="${COLOURS[i % COLOURS.length]}"/>`,
        `<line x1="${x(value.low)}" y1="${y + BAR / 2}" x2="${x(value.high)}" y2="${y + BAR / 2}" stroke="#222222"/>`,
      ];
    }),
  ];
}
