import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const CODE = '{bin,functions,layers,lib,localstack}/**/*.{ts,tsx,py,yml,yaml}';
/** Entry points of production: the functions on AWS, and the jobs in containers. */
const FUNCTION_ENTRIES = /^functions\/[\w-]+\/[\w-]+\/(?:index|job)\.ts$/;
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { imports: Record<string, string> };

/** Path relative to the root → source code, for every production file. */
export const sources: ReadonlyMap<string, string> = new Map(
  globSync(CODE, { cwd: ROOT, exclude: ['**/node_modules/**', '**/tests/**', '**/.venv/**'] }).map((file) => [
    file,
    readFileSync(join(ROOT, file), 'utf8'),
  ]),
);

/** Returns the imported file's path relative to the root; undefined for a package. */
export function resolved(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return relative(ROOT, join(ROOT, dirname(from), specifier));
  for (const [pattern, target] of Object.entries(PACKAGE.imports)) {
    const prefix = pattern.replace('*', '');
    if (specifier === pattern || (pattern.endsWith('*') && specifier.startsWith(prefix))) {
      return target.replace('*', specifier.slice(prefix.length)).replace(/^\.\//, '');
    }
  }
  return undefined;
}

interface Import {
  readonly file: string;
  /** Imported names, without types; empty for a dynamic import. */
  readonly names: readonly string[];
}

const STATIC = /^(?:import|export)\s+(?!type\b)(?:([^'";]*?)\s+from\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'/g;

/** Returns a file's imports of other files, without imports of types only. */
export function importsOf(file: string): Import[] {
  const source = sources.get(file) ?? '';
  const namesOf = (clause: string) =>
    (/\{([^}]*)\}/.exec(clause)?.[1] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '))
      .map((name) => name.split(/\s+as\s+/)[0] as string);
  const found = [...source.matchAll(STATIC)].flatMap(([, clause = '', specifier = '']) => {
    const names = namesOf(clause);
    const onlyTypes = /^\{[^}]*\}$/.test(clause.trim()) && names.length === 0;
    return onlyTypes ? [] : [{ specifier, names }];
  });
  const dynamic = [...source.matchAll(DYNAMIC)].map(([, specifier = '']) => ({ specifier, names: [] }));
  return [...found, ...dynamic].flatMap(({ specifier, names }) => {
    const target = resolved(file, specifier);
    return target === undefined ? [] : [{ file: target, names }];
  });
}

/** Returns the given entry files and all files that they import, directly or indirectly. */
export function reachableFrom(entries: readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file) || !sources.has(file)) continue;
    reached.add(file);
    waiting.push(...importsOf(file).map(({ file: target }) => target));
  }
  return reached;
}

export const functionEntries = [...sources.keys()].filter((file) => FUNCTION_ENTRIES.test(file));

/** Returns the files with a top-level definition of a name. */
export function definitionsOf(name: string): string[] {
  const definition = new RegExp(`^(?:export )?(?:async )?(?:function\\*?|const|let|class) ${name}\\b`, 'm');
  return [...sources].filter(([file, source]) => /\.tsx?$/.test(file) && definition.test(source)).map(([file]) => file);
}
