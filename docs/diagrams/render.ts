import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderMermaidSVG } from 'beautiful-mermaid';
import { escaped } from '../../layers/domain/core/escape-markup.ts';

const FOLDER = import.meta.dirname;
/**
 * Font of all labels. It is narrower than the font with which the renderer measures labels, so that they fit into their
 * boxes.
 */
const FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif";
const SIZES = { padding: 16, nodeSpacing: 28, layerSpacing: 36 };
/** Colours that replace the renderer's CSS variables, because not every SVG viewer supports `color-mix`. */
const COLOURS: Readonly<Record<string, string>> = {
  '--bg': '#ffffff',
  '--_text': '#1b1f24',
  '--_text-sec': '#24292f',
  '--_text-muted': '#57606a',
  '--_line': '#57606a',
  '--_arrow': '#57606a',
  '--_node-fill': '#e7f0fb',
  '--_node-stroke': '#2f6db5',
  '--_group-fill': '#ffffff',
  '--_group-hdr': '#f3f4f6',
  '--_inner-stroke': '#d0d7de',
};

export interface Diagram {
  readonly name: string;
  /** Mermaid; its first line is a comment with the title. */
  readonly source: string;
  /** The committed SVG. Undefined if the diagram was never rendered. */
  readonly svg?: string;
}

/** Returns every Mermaid file of this folder, and every SVG file, by name. */
export function diagrams(): (Partial<Diagram> & Pick<Diagram, 'name'>)[] {
  const textOf = (file: string, files: readonly string[]) =>
    files.includes(file) ? readFileSync(join(FOLDER, file), 'utf8') : undefined;
  const files = globSync('*.{mmd,svg}', { cwd: FOLDER });
  const names = new Set(files.map((file) => file.slice(0, file.lastIndexOf('.'))));
  return [...names].sort().map((name) => ({
    name,
    source: textOf(`${name}.mmd`, files),
    svg: textOf(`${name}.svg`, files),
  }));
}

/** Returns a Mermaid source as a self-contained SVG on a white background. The same source gives the same SVG. */
export function svgOf(source: string): string {
  const title = /^%% (.+)\n/.exec(source)?.[1];
  if (!title) throw new Error('a diagram has no title: its first line must be `%% Title`');
  const [opening = '', body = ''] = renderMermaidSVG(source, SIZES).split(/<style>[\s\S]*?<\/style>/);
  const [width = '0', height = '0'] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(opening)?.slice(1).map(rounded) ?? [];
  const head = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>text { font-family: ${FONT} }</style>`,
    '<rect width="100%" height="100%" fill="#ffffff" />',
  ];
  // Coordinates are inside tags; numbers between tags are labels and stay as they are.
  const drawing = body
    .replaceAll(/var\(([\w-]+)\)/g, colour)
    .replaceAll(/<[^>]*>/g, (tag) => tag.replaceAll(/-?\d+\.\d+/g, rounded));
  return `${head.join('\n')}${drawing.trimEnd()}\n`;
}

function colour(_: string, name: string): string {
  const found = COLOURS[name];
  if (!found) throw new Error(`the renderer uses the colour ${name}, for which COLOURS has no value: add one`);
  return found;
}

/** Rounds to tenths of a pixel, so that versions of a diagram differ in fewer characters. */
const rounded = (value: string): string => String(Math.round(Number(value) * 10) / 10);

if (import.meta.main) {
  for (const { name, source } of diagrams()) if (source) writeFileSync(join(FOLDER, `${name}.svg`), svgOf(source));
}
