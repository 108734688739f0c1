import { escaped } from '#domain/core/escape-markup.ts';

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  /** Axis labels, with units. */
  readonly x: string;
  readonly y: string;
  readonly logX?: boolean;
  readonly logY?: boolean;
  /** Labels of the x values 0, 1, 2, …. @default - the numbers */
  readonly ticks?: readonly string[];
  /** At most three lines: one per colour. */
  readonly lines: readonly Line[];
}

const [WIDTH, HEIGHT] = [480, 300];
const MARGIN = { left: 56, right: 16, top: 36, bottom: 44 } as const;
const TICKS = 5;
const [LEGEND, LEGEND_LINE] = [92, 18];
const MANY_DECADES = 2;
/**
 * Blue and orange of Okabe & Ito 2008, and a grey: distinguishable with any colour vision, on light and dark
 * backgrounds.
 */
const COLOURS = ['#0072b2', '#e69f00', '#808080'];
const STYLE =
  'text{font:12px system-ui,sans-serif;fill:#222}.t{font-weight:600;font-size:14px}.g{stroke:#8884}' +
  '@media(prefers-color-scheme:dark){text{fill:#ddd}}';

/** Returns a line chart as SVG. It contains no scripts and no fonts, and is legible in light and dark mode. */
export function svgChart(chart: Chart): string {
  const points = chart.lines.flatMap(({ points }) => points);
  const x = scale(
    points.map(([value]) => value),
    [MARGIN.left, WIDTH - MARGIN.right],
    chart.logX === true,
  );
  const heights = points.map(([, value]) => value).filter((value) => !chart.logY || value > 0);
  const y = scale(chart.logY ? heights : [0, ...heights], [HEIGHT - MARGIN.bottom, MARGIN.top], chart.logY === true);
  const parts = [
    `<style>${STYLE}</style>`,
    text(chart.title, MARGIN.left, 18, 'class="t"'),
    ...y.ticks.map(
      (tick) => gridLine(y.at(tick)) + text(short(tick), MARGIN.left - 6, y.at(tick) + 4, 'text-anchor="end"'),
    ),
    ...xTicks(chart, x).map(([at, name]) => text(name, at, HEIGHT - MARGIN.bottom + 16, 'text-anchor="middle"')),
    text(chart.x, (MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 8, 'text-anchor="middle"'),
    `<g transform="translate(12 ${(MARGIN.top + HEIGHT - MARGIN.bottom) / 2}) rotate(-90)">${text(chart.y, 0, 0, 'text-anchor="middle"')}</g>`,
    ...chart.lines.map(({ points: line }, i) => polyline(line, x, y, i, chart.logY === true)),
    ...chart.lines.map(({ name }, i) => legend(name, i)),
  ];
  const label = escaped(`${chart.title}: ${chart.lines.map(({ name }) => name).join(' and ')}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${parts.join('')}</svg>\n`;
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function scale(values: readonly number[], [from, to]: readonly [number, number], isLog: boolean): Scale {
  const transformed = isLog ? Math.log10 : (value: number) => value;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = transformed(most) - transformed(least) || 1;
  const at = (value: number) => from + ((transformed(value) - transformed(least)) / span) * (to - from);
  return { at, ticks: isLog ? powers(least, most) : steps(least, most) };
}

/**
 * Returns the ticks of a logarithmic axis: 1, 2 and 5 times each power of ten, or only the powers if the axis spans
 * many decades.
 */
function powers(least: number, most: number): number[] {
  const [first, last] = [Math.floor(Math.log10(least)), Math.floor(Math.log10(most))];
  const factors = last - first > MANY_DECADES ? [1] : [1, 2, 5];
  return Array.from({ length: last - first + 1 }, (_, i) => factors.map((factor) => factor * 10 ** (first + i)))
    .flat()
    .filter((tick) => tick >= least && tick <= most);
}

/** Returns about TICKS round numbers as ticks of a linear axis. */
function steps(least: number, most: number): number[] {
  const rough = (most - least || 1) / TICKS;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.floor(most / step) - first + 1 }, (_, i) => (first + i) * step);
}

const xTicks = ({ ticks }: Chart, x: Scale): [number, string][] =>
  ticks ? ticks.map((name, i) => [x.at(i), name]) : x.ticks.map((tick) => [x.at(tick), short(tick)]);

const PRECISION = 6;
const short = (value: number): string => Number(value.toPrecision(PRECISION)).toLocaleString('en');
const pixel = (value: number): string => value.toFixed(1);
const text = (content: string, x: number, y: number, attributes: string): string =>
  `<text x="${pixel(x)}" y="${pixel(y)}" ${attributes}>${escaped(content)}</text>`;
const gridLine = (y: number): string =>
  `<line class="g" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${pixel(y)}" y2="${pixel(y)}"/>`;

function polyline(points: Line['points'], x: Scale, y: Scale, index: number, isLog: boolean): string {
  const visible = points.filter(([, value]) => !isLog || value > 0);
  const path = visible.map(([at, value]) => `${pixel(x.at(at))},${pixel(y.at(value))}`).join(' ');
  return `<polyline fill="none" stroke="${COLOURS[index]}" stroke-width="2" points="${path}"/>`;
}

/** Returns one entry of the legend, which is to the right of the title. */
function legend(name: string, index: number): string {
  const x = WIDTH - LEGEND * (index + 1);
  const line = `<line x1="${x}" x2="${x + LEGEND_LINE}" y1="14" y2="14" stroke="${COLOURS[index]}" stroke-width="2"/>`;
  return line + text(name, x + LEGEND_LINE + 4, 18, '');
}
