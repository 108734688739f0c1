import { LineCounter, parseDocument } from 'yaml';

/** A path in a JSON document, such as ['States', 'Train', 'Catch', 0]. */
export type JsonPath = readonly (string | number)[];

/** Returns a path as it is shown to learners, such as States.Train.Catch[0]. */
export const shownPath = (path: JsonPath): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');

export interface JsonLines {
  /** Returns the line number, from 1, of a path or of its longest part that exists. */
  readonly lineOf: (path: JsonPath) => number | undefined;
  /** The first key that an object contains twice, with its line. JSON.parse would silently keep the second one. */
  readonly duplicate?: { readonly key: string; readonly line: number };
}

/** Finds the lines of a valid JSON text. JSON is a subset of YAML, whose parser reports positions. */
export function jsonLines(text: string): JsonLines {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: true, logLevel: 'silent' });
  const lineAt = (offset: number): number => lineCounter.linePos(offset).line;
  const duplicated = document.errors.find(({ code }) => code === 'DUPLICATE_KEY');
  return {
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const offset = startOf(document.contents, path.slice(0, length));
        if (offset !== undefined) return lineAt(offset);
      }
      return undefined;
    },
    ...(duplicated ? { duplicate: { key: keyAt(text, duplicated.pos[0]), line: lineAt(duplicated.pos[0]) } } : {}),
  };
}

/** A node of the parser: a value, an object of pairs, or an array. */
interface Node {
  readonly range?: readonly number[] | null;
  readonly items?: readonly unknown[];
}
interface Pair {
  readonly key: Node & { readonly value: unknown };
  readonly value: Node | null;
}

/** Returns the position of a path's key, or of its element for an index. */
function startOf(root: unknown, path: JsonPath): number | undefined {
  let node = root as Node | null | undefined;
  let start: number | undefined;
  for (const part of path) {
    if (typeof part === 'number') {
      node = node?.items?.[part] as Node | undefined;
      start = node?.range?.[0];
    } else {
      const pair = (node?.items as Pair[] | undefined)?.find((each) => each?.key?.value === part);
      start = pair?.key.range?.[0];
      node = pair?.value;
    }
    if (start === undefined) return undefined;
  }
  return start;
}

const keyAt = (text: string, offset: number): string => /^"([^"]*)"/.exec(text.slice(offset))?.[1] ?? '';
