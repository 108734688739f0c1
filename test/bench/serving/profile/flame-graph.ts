import type { Profiler } from 'node:inspector';
import { escaped } from '#domain/core/escape-markup.ts';

const WIDTH = 1_200;
const ROW = 18;
const TOP = 44;
/** Minimum width of a box, minimum width of a labelled box, and width of a letter, all in pixels. */
const [NARROW, WORD, LETTER] = [1.5, 36, 6.2];
const COLOURS = { ours: '#56b4e9', library: '#e69f00', engine: '#bbbbbb' } as const;
type Whose = keyof typeof COLOURS;
/** Names of functions that are idle, or belong to the profiler. */
const NO_WORK = ['(idle)', '(root)', 'post'];

interface Box {
  readonly name: string;
  readonly whose: Whose;
  /** Microseconds, including called functions. */
  time: number;
  readonly called: Map<string, Box>;
}

/** Draws a CPU profile as a flame graph: callers are above called functions, and the width is the time. @returns SVG */
export function flameGraph(profile: Profiler.Profile, title: string): string {
  const root = boxesOf(profile);
  const boxes: string[] = [];
  const deepest = draw(root, 0, 0, WIDTH / root.time, root.time, boxes);
  const height = TOP + (deepest + 1) * ROW;
  const legend = (Object.keys(COLOURS) as Whose[]).map(
    (whose, i) =>
      `<rect x="${i * 150}" y="24" width="12" height="12" fill="${COLOURS[whose]}"/><text x="${i * 150 + 18}" y="34">${LEGEND[whose]}</text>`,
  );
  const style = 'text{font:11px ui-monospace,monospace;fill:#111}.t{font:600 14px system-ui,sans-serif}';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}"><style>${style}</style><rect width="100%" height="100%" fill="#fff"/><text x="0" y="15" class="t">${escaped(title)}</text>${legend.join('')}${boxes.join('')}</svg>\n`;
}

const LEGEND: Readonly<Record<Whose, string>> = {
  ours: 'our code',
  library: 'a package',
  engine: 'Node.js and native',
};

/** Returns the tree of calls, in which calls with the same callers share a box. */
function boxesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Box {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const root: Box = { name: 'all', whose: 'engine', time: 0, called: new Map() };
  samples.forEach((sample, i) => {
    const path: Profiler.ProfileNode[] = [];
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const node = byId.get(id);
      if (node) path.unshift(node);
    }
    if (NO_WORK.includes(path.at(-1)?.callFrame.functionName ?? '')) return;
    let box = root;
    box.time += timeDeltas[i] ?? 0;
    for (const { callFrame } of path.slice(1)) {
      box = calledBy(box, callFrame);
      box.time += timeDeltas[i] ?? 0;
    }
  });
  return root;
}

function calledBy(box: Box, { functionName, url, lineNumber }: Profiler.ProfileNode['callFrame']): Box {
  const file = url.split('/').slice(-2).join('/');
  const name = `${functionName || '(anonymous)'}${file ? ` ${file}:${lineNumber + 1}` : ''}`;
  const whose: Whose = url.includes('node_modules') ? 'library' : url.startsWith('file:') ? 'ours' : 'engine';
  const known = box.called.get(name) ?? { name, whose, time: 0, called: new Map() };
  box.called.set(name, known);
  return known;
}

/** Draws a box and its called functions. @returns the depth of the tree */
function draw(box: Box, x: number, depth: number, scale: number, all: number, boxes: string[]): number {
  const width = box.time * scale;
  if (width < NARROW) return depth - 1;
  const y = TOP + depth * ROW;
  const letters = Math.floor((width - 4) / LETTER);
  const label =
    width < WORD ? '' : `<text x="${fixed(x + 2)}" y="${y + 13}">${escaped(box.name.slice(0, letters))}</text>`;
  const share = `${((100 * box.time) / all).toFixed(1)} %`;
  boxes.push(
    `<g><title>${escaped(box.name)}: ${share}</title><rect x="${fixed(x)}" y="${y}" width="${fixed(width)}" height="${ROW - 1}" fill="${COLOURS[box.whose]}" stroke="#fff" stroke-width=".5"/>${label}</g>`,
  );
  let [left, deepest] = [x, depth];
  for (const called of [...box.called.values()].sort((a, b) => b.time - a.time)) {
    deepest = Math.max(deepest, draw(called, left, depth + 1, scale, all, boxes));
    left += called.time * scale;
  }
  return deepest;
}

const fixed = (pixels: number) => pixels.toFixed(1);
