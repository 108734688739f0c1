import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const bricks = [
  'access',
  'data-collection',
  'feature-engineering',
  'model-training',
  'recommendation',
  'monitoring',
  'orchestration',
];
const layers = ['layers/domain', 'layers/ports', 'layers/adapters'];
const brick = (name: string) => [`functions/${name}`, ...layers, '*'];

/** The architecture: each folder, and all it may import. '*' is any package. The longest matching folder rules. */
const mayImport: Record<string, readonly string[]> = {
  'layers/domain': ['layers/domain', 'zod'],
  'layers/ports': ['layers/ports', 'layers/domain'],
  'layers/adapters': [...layers, '*'],
  functions: ['functions', ...layers, '*'],
  'functions/universe': ['functions/universe', 'layers/domain', 'layers/ports'],
  'functions/universe/live-shard': brick('universe'),
  'functions/universe/generate-shard': brick('universe'),
  ...Object.fromEntries(bricks.map((name) => [`functions/${name}`, brick(name)])),
  'localstack/embedded': ['localstack/embedded', 'functions', ...layers, '*'],
  // The emulated AWS is made of the same servers that tests stand on.
  'localstack/emulated': ['localstack', 'functions', 'lib', 'localstack/servers', ...layers, '*'],
  // Beside it: the mirror of real servers, and what is generated for them.
  localstack: ['localstack', 'functions', ...layers, 'localstack/servers', '*'],
  lib: ['lib', 'functions', ...layers, '*'],
};

const importsOf = (source: string): string[] =>
  [...source.matchAll(/(?<!')\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier as string);

/** A specifier as a folder of ours, or a package's name. */
function target(file: string, specifier: string): string {
  if (specifier.startsWith('#seams/')) return 'layers/domain';
  if (specifier.startsWith('#')) return `layers/${specifier.slice(1)}`;
  if (specifier.startsWith('.')) return relative(root, join(dirname(join(root, file)), specifier));
  return specifier;
}

const inside = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

function violations(file: string, source: string): string[] {
  const folder = Object.keys(mayImport)
    .filter((candidate) => inside(file, candidate))
    .sort((a, b) => b.length - a.length)[0];
  if (!folder) return [];
  const allowed = mayImport[folder] ?? [];
  return importsOf(source)
    .map((specifier) => ({ specifier, to: target(file, specifier) }))
    .filter(({ specifier, to }) => {
      const ours = specifier.startsWith('.') || specifier.startsWith('#');
      return !allowed.some((rule) => (rule === '*' ? !ours : inside(to, rule)));
    })
    .map(({ specifier }) => `${file} (in ${folder}) imports ${specifier}`);
}

describe('the architecture', () => {
  it('lets imports go inwards only', () => {
    const files = globSync('{layers,functions,localstack,lib}/**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] });
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((file) => violations(file, readFileSync(join(root, file), 'utf8')))).toEqual([]);
  });

  it.each([
    ['layers/domain', "import { readFileSync } from 'node:fs';"],
    ['layers/domain', "import type { Table } from '#ports/table.ts';"],
    ['layers/ports', "import { connect } from '../adapters/connect.ts';"],
    ['functions/recommendation', "import { gate } from '../orchestration/gate.ts';"],
    ['functions/universe', "import { z } from 'zod';"],
    ['functions/universe/x.ts', "const a = await import('../recommendation/slate.ts');"],
  ])('refuses a wrong import planted in %s: %s', (file, source) => {
    expect(violations(file, source)).toHaveLength(1);
  });
});

const FILE_READERS = 'layers/adapters/duckdb/file-readers.ts';
/** SQL that makes DuckDB read files: a table function, or a file in place of a table. */
const READS_FILES =
  /\b(?:read_(?:parquet|csv|csv_auto|json|json_auto|ndjson|ndjson_auto|json_objects|text|blob)|parquet_scan|sniff_csv|glob)\(|(?<!DISTINCT )\b(?:FROM|JOIN) (?:'|\$\{sqlText\()/;
const readsFiles = (source: string): string[] => source.split('\n').filter((line) => READS_FILES.test(line));

describe('files that DuckDB reads', () => {
  it(`are named only in ${FILE_READERS}, so that no query reads a column or a pattern out of a path`, () => {
    const folders = '{layers,functions,localstack,lib,bin,stories,test}/**/*.ts';
    const files = globSync(folders, { cwd: root, exclude: ['**/node_modules/**', 'test/architecture.test.ts'] });
    const found = files.filter((file) => readsFiles(readFileSync(join(root, file), 'utf8')).length > 0);
    expect(found).toEqual([FILE_READERS]);
  });

  it.each([
    `SELECT max(ingestedAt) FROM read_parquet(\${files}, union_by_name = true)`,
    `CREATE VIEW ratings AS FROM read_csv(\${sqlText(path)})`,
    `SELECT count(*) FROM \${sqlText(path)}`,
    `SELECT * FROM 'lake/*.parquet'`,
  ])('are found when a query names them itself: %s', (source) => {
    expect(readsFiles(source)).toHaveLength(1);
  });
});

describe('the packages', () => {
  it('have their reasons in CONTRIBUTING.md, each once', () => {
    const rows = [...readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/^\| (`[^|]+`) \| ([^|]+) \|/gm)];
    expect(rows.filter(([, , reason = '']) => reason.trim() === '')).toEqual([]);
    const named = rows.flatMap(([, names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort());
  });
});
