import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
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
const layers = ['layers/domain', 'layers/ports', 'layers/adapters', 'layers/model-registry'];
const brick = (name: string) => [`functions/${name}`, ...layers, '*'];

/** Each folder and everything that it may import. '*' is any package. The longest matching folder applies. */
const mayImport: Record<string, readonly string[]> = {
  'layers/domain': ['layers/domain', 'zod'],
  'layers/ports': ['layers/ports', 'layers/domain'],
  'layers/model-registry': ['layers/model-registry', 'layers/ports', 'layers/domain', '*'],
  'layers/adapters': ['layers/adapters', 'layers/ports', 'layers/domain', '*'],
  functions: ['functions', ...layers, '*'],
  'functions/universe': ['functions/universe', 'layers/domain', 'layers/ports'],
  'functions/universe/live-shard': brick('universe'),
  'functions/universe/generate-shard': brick('universe'),
  ...Object.fromEntries(bricks.map((name) => [`functions/${name}`, brick(name)])),
  'localstack/embedded': ['localstack/embedded', 'functions', ...layers, '*'],
  'localstack/emulated': ['localstack', 'functions', 'lib', ...layers, '*'],
  localstack: ['localstack', 'functions', ...layers, '*'],
  lib: ['lib', 'functions', ...layers, '*'],
  bin: ['bin', 'lib', 'localstack', 'functions', 'stories', ...layers, '*'],
  stories: ['stories', 'functions', ...layers, '*'],
};

/**
 * The groups of each folder from low to high: a group imports itself and lower groups only. Groups in one list are siblings,
 * which do not import one another. Entries of a folder that its list does not contain are above all groups.
 */
const groupsOf: Record<string, readonly (string | readonly string[])[]> = {
  layers: ['domain', 'ports', ['adapters', 'model-registry']],
  'layers/domain': ['core', 'worlds', ['events', 'universe'], 'features', 'models', 'experiments'],
  'layers/adapters': [
    ['auth', 'batching', 'deadlines', 'duckdb', 'experiment-tracker', 'metric-reader', 'model-runtime'],
    ['object-store', 'sqlite', 'telemetry', 'vector-index', 'workflow'],
    ['api-client', 'table'],
    ['cache', 'event-log'],
    'composition',
    'lambda',
  ],
  functions: ['triggers.ts', [...bricks, 'universe'], 'platform'],
  'functions/recommendation': [
    'resilience',
    'catalogue',
    'model',
    'retrieval',
    'ranking',
    'exploration',
    'slate',
    'recommend',
    'serve',
  ],
  'functions/universe': ['behaviours', 'engine', 'worlds', ['generate-shard', 'live-shard', 'realism']],
  'functions/universe/worlds/films': [
    ['population', 'slate-reply-type.ts'],
    'world',
    'events',
    'session',
    ['policies', 'react-to-slate.ts'],
  ],
  lib: [
    ['encryption-key.ts', 'deployment-profiles.ts', 'runbook-address.ts', 'seam-aliases.ts'],
    ['set-cdk-function-log-retention.ts', 'rule-acknowledgements.ts', 'shared-parameters.ts'],
    ['constructs', 'add-and-acknowledge-cdk-rules.ts'],
    'stacks',
  ],
  'lib/constructs': [['data', 'function-environment-and-network.ts', 'network', 'observability'], 'compute', 'api'],
  bin: [['aws', 'console', 'parity'], ['cost', 'home', 'learner-code'], 'deploy', 'commands', 'program'],
  localstack: [['embedded', 'grafana', 'prometheus'], 'servers', ['emulated', 'mirror']],
  'localstack/embedded': [
    ['process', 'storage'],
    'aws',
    ['http', 'trainer'],
    ['doctor', 'host'],
    'city',
    ['dashboard', 'import'],
    'studies',
  ],
  'stories/academy': [['confinement', 'progress', 'workspace'], 'judging', 'runners', 'catalogue', 'proof', 'mentor'],
  'localstack/emulated': [
    ['api-proxy-that-adds-credentials.ts', 'emulator-client-settings.ts', 'start-ministack-kafka-and-redis.ts'],
    ['account-inventory.ts', 'find-and-call-deployed-resources.ts'],
    'training',
    'cdk',
  ],
  'localstack/embedded/dashboard/page': [
    ['format-numbers-and-times.ts', 'use-live-view.ts'],
    ['agent', 'charts'],
    'overview',
  ],
};

const MOST_ENTRIES = 12;
/** Folders that may have more entries, each with the reason. */
const longLists: Record<string, string> = {
  '.': 'configuration files, which tools look for here',
  docs: 'pages: a flat list of siblings',
  'docs/decisions': 'decision records: a flat list of siblings',
  'docs/diagrams': 'sources and pictures: a flat list of siblings',
  'layers/adapters': 'one folder per port',
  'test/stories/wrong-files/01.1-validate-event': 'wrong files of one step: a flat list of siblings',
  'test/stories/wrong-files/01.3-collect-events': 'wrong files of one step: a flat list of siblings',
  'test/stories/wrong-files/02.2-labelled-features': 'wrong files of one step: a flat list of siblings',
  'test/stories/wrong-files/03.6-onnx-export': 'wrong files of one step: a flat list of siblings',
  'test/stories/wrong-files/04.7-explore-slate': 'wrong files of one step: a flat list of siblings',
  'test/stories/wrong-files/05.3-alert-rules': 'wrong files of one step: a flat list of siblings',
  'test/stories/wrong-files/06.1-pipeline-definition': 'wrong files of one step: a flat list of siblings',
  'test/stories/wrong-files/06.5-nightly-schedule': 'wrong files of one step: a flat list of siblings',
};

const CODE = '{bin,lib,functions,layers,localstack,stories,test}/**/*.{ts,tsx}';
const sources = new Map(
  globSync(CODE, { cwd: root, exclude: ['**/node_modules/**'] }).map((file) => [
    file,
    readFileSync(join(root, file), 'utf8'),
  ]),
);
const isTest = (file: string) => file.startsWith('test/');

const importsOf = (source: string): string[] =>
  [...source.matchAll(/(?<!')\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier as string);

/** Resolves an import specifier to a path from the repository's root, or to a package's name. */
function target(file: string, specifier: string): string {
  if (specifier.startsWith('#seams/')) return 'layers/domain';
  if (specifier.startsWith('#')) return `layers/${specifier.slice(1)}`;
  if (specifier.startsWith('.')) return relative(root, join(dirname(join(root, file)), specifier));
  return specifier;
}

const targetsOf = (file: string, source: string) => importsOf(source).map((specifier) => target(file, specifier));
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

/** Returns the imports of one file that go to a higher group, or to a sibling, among the groups of any folder. */
function upward(file: string, source: string): string[] {
  return Object.entries(groupsOf).flatMap(([folder, levels]) => {
    const groupOf = (path: string) => (inside(path, folder) ? path.slice(folder.length + 1).split('/')[0] : undefined);
    const levelOf = (group: string) => {
      const level = levels.findIndex((names) => [names].flat().includes(group));
      return level < 0 ? levels.length : level;
    };
    const from = groupOf(file);
    if (!from) return [];
    return targetsOf(file, source).flatMap((path) => {
      const to = groupOf(path);
      if (!to || to === from) return [];
      const goesDown = levelOf(to) < levelOf(from);
      const bothAbove = levelOf(from) === levels.length && levelOf(to) === levels.length;
      return goesDown || bothAbove ? [] : [`${file} imports ${path}: ${from} may not import ${to}`];
    });
  });
}

/** Returns the import cycles, each as a list of its files. Type-only imports count. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const reaches = (from: string, goal: string, seen = new Set<string>()): boolean =>
    (graph.get(from) ?? []).some((next) => {
      if (next === goal) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next, goal, seen);
    });
  const within = [...graph.keys()].filter((file) => reaches(file, file));
  const found = Map.groupBy(within, (file) =>
    within
      .filter((other) => reaches(file, other))
      .sort()
      .join(' '),
  );
  return [...found.values()];
}

describe('the architecture', () => {
  const files = [...sources].filter(([file]) => !isTest(file));

  it('lets each folder import only what its row allows', () => {
    expect(files.length).toBeGreaterThan(400);
    expect(files.flatMap(([file, source]) => violations(file, source))).toEqual([]);
  });

  it('lets the groups of a folder import in one direction', () => {
    expect(files.flatMap(([file, source]) => upward(file, source))).toEqual([]);
    const missing = Object.entries(groupsOf).flatMap(([folder, levels]) =>
      levels
        .flat()
        .filter((group) => !existsSync(join(root, folder, group)))
        .map((group) => `${folder}/${group}`),
    );
    expect(missing).toEqual([]);
  });

  it('has no import cycle', () => {
    const graph = new Map([...sources].map(([file, source]) => [file, targetsOf(file, source)]));
    expect(cycles(graph)).toEqual([]);
  });

  it('keeps production code free of tests', () => {
    const found = files.filter(([file, source]) => targetsOf(file, source).some((path) => inside(path, 'test')));
    expect(found.map(([file]) => file)).toEqual([]);
  });

  it(`shows each folder on one screen: at most ${MOST_ENTRIES} entries`, () => {
    const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
      .split('\0')
      .filter(Boolean);
    const entries = new Map<string, Set<string>>();
    for (const path of tracked) {
      const parts = path.split('/');
      for (const [depth, part] of parts.entries()) {
        const folder = parts.slice(0, depth).join('/') || '.';
        entries.set(folder, (entries.get(folder) ?? new Set()).add(part));
      }
    }
    const long = [...entries].filter(([, { size }]) => size > MOST_ENTRIES).map(([folder]) => folder);
    expect(long.filter((folder) => !(folder in longLists))).toEqual([]);
  });

  it.each([
    ['layers/domain/x.ts', "import { readFileSync } from 'node:fs';"],
    ['layers/domain/x.ts', "import type { Table } from '#ports/table.ts';"],
    ['layers/ports/x.ts', "import { connect } from '../adapters/connect.ts';"],
    ['layers/model-registry/x.ts', "import { folder } from '#adapters/object-store/folder.ts';"],
    ['functions/recommendation/x.ts', "import { gate } from '../orchestration/gate.ts';"],
    ['functions/universe/x.ts', "import { z } from 'zod';"],
    ['functions/universe/x.ts', "const a = await import('../recommendation/slate.ts');"],
    ['bin/x.ts', "import { server } from '../test/support/server.ts';"],
  ])('rejects a wrong import planted in %s: %s', (file, source) => {
    expect(violations(file, source)).toHaveLength(1);
  });

  it.each([
    ['functions/recommendation/ranking/x.ts', "import { explore } from '../exploration/explore.ts';"],
    ['functions/universe/engine/x.ts', "import type { Session } from '../worlds/films/events/client-events.ts';"],
    ['layers/adapters/auth/x.ts', "import type { Config } from '../composition/config.ts';"],
    ['layers/adapters/cache/x.ts', "import { batched } from '../event-log/kafka.ts';"],
    ['bin/home/x.ts', "import { up } from '../commands/city/up.ts';"],
  ])('rejects an upward or sideways import planted in %s: %s', (file, source) => {
    expect(upward(file, source)).toHaveLength(1);
  });

  it('finds a planted cycle', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a', 'd']],
      ['d', []],
      ['e', ['f']],
      ['f', ['e']],
    ]);
    expect(cycles(graph)).toEqual([
      ['a', 'b', 'c'],
      ['e', 'f'],
    ]);
  });
});

const FILE_READERS = 'layers/adapters/duckdb/sql-relations-over-files.ts';
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
