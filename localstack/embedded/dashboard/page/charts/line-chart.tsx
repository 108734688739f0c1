import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { shortDateOf, timeOf } from '../format-numbers-and-times.ts';
import type { Series } from './compute-plays-per-session.ts';

export interface Line {
  readonly label: string;
  /** Name of a CSS custom property, such as `--model`. */
  readonly colour: string;
  readonly values: Series;
  /** Whether the line is only the invisible edge of a band. */
  readonly isEdge?: true;
}

interface Props {
  /** Text alternative of the chart, one sentence. */
  readonly summary: string;
  /** Times of the values, seconds. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Fills the area between two lines (by index) with a colour. */
  readonly band?: { readonly between: readonly [number, number]; readonly colour: string };
  readonly format: (value: number) => string;
  readonly height: number;
  /** Value that must be visible, such as 0. */
  readonly include?: number;
}

const DARK = '(prefers-color-scheme: dark)';

/** Resolves a CSS custom property in the reader's colour scheme, because a canvas does not support `light-dark()`. */
function colourOf(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}

/** A line chart over simulated time. It is recreated when its set of lines changes, and only updated when values are added. */
export const Chart = (props: Props) => <Plot key={props.lines.map(({ label }) => label).join('|')} {...props} />;

function Plot(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const newest = useRef(props);
  newest.current = props;

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const size = () => ({ width: element.clientWidth, height: newest.current.height });
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot({ ...optionsOf(newest.current, element), ...size() }, dataOf(newest.current), element);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize(size()));
    resized.observe(element);
    const scheme = matchMedia(DARK);
    scheme.addEventListener('change', draw);
    return () => {
      scheme.removeEventListener('change', draw);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.setData(dataOf(newest.current)));
  return <div class="chart" ref={place} role="img" aria-label={props.summary} />;
}

const dataOf = ({ times, lines }: Props): uPlot.AlignedData => [
  times as number[],
  ...lines.map(({ values }) => values as (number | null)[]),
];

function optionsOf(
  { lines, band, format, include }: Props,
  element: HTMLElement,
): Omit<uPlot.Options, 'width' | 'height'> {
  const colour = (name: string) => colourOf(element, name);
  const [ink, grid] = [colour('--quiet'), colour('--line')];
  const font = '12px system-ui, sans-serif';
  const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: { x: { time: true }, y: { range: (_, low, high) => padded(low, high, include) } },
    axes: [
      { ...axis, grid: { show: false }, size: 30, space: 90, values: (_, ticks) => ticks.map(tickLabel) },
      { ...axis, size: 52, space: 36, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: name, isEdge }) => ({
        label,
        stroke: colour(name),
        width: isEdge ? 0 : 2,
        points: { show: false },
      })),
    ],
    bands: band ? [{ series: [band.between[1] + 1, band.between[0] + 1], fill: colour(band.colour) }] : [],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'UTC'),
  };
}

const tickLabel = (seconds: number): string => {
  const at = seconds * 1_000;
  return timeOf(at) === '00:00' ? shortDateOf(at) : timeOf(at);
};

const AIR = 0.12;
function padded(low: number | null, high: number | null, include: number | undefined): [number, number] {
  const from = Math.min(low ?? 0, include ?? Number.POSITIVE_INFINITY);
  const to = Math.max(high ?? 1, include ?? Number.NEGATIVE_INFINITY);
  const air = AIR * (to - from || Math.abs(to) || 1);
  return [from - air, to + air];
}
