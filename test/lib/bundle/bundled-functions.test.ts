import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import { BUNDLING, SQL_FOLDERS } from '../../../lib/constructs/compute/esbuild-options.ts';
import { seamAliases } from '../../../lib/seam-aliases.ts';
import { hasKafka, KAFKA_INSTALL_HINT, startKafka } from '../../../localstack/servers/install-and-start-kafka.ts';
import { describeWith } from '../../support/require-server.ts';
import { bundle as bundleIn } from './bundle-function-with-learner-profile.ts';

const scratch = mkdtempSync(join(tmpdir(), 'agentbricks-bundle-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const RUNTIME_HAS = '@aws-sdk';
const namesOf = Object.keys(triggers) as TriggerName[];

/** Returns the packages in the function's layers (layers/native). */
const layered = (name: TriggerName): string[] =>
  (triggers[name] as Trigger).uses.native
    ?.filter((native) => native !== 'kafka')
    .flatMap((native) =>
      Object.keys(JSON.parse(readFileSync(`layers/native/${native}/nodejs/package.json`, 'utf8')).dependencies),
    ) ?? [];

const noWorkspace = join(scratch, 'nothing-chosen');
const bundles = new Map<TriggerName, string>();

/** Returns the bundle of the reference implementation, built once. */
function reference(name: TriggerName): string {
  const file = bundles.get(name) ?? bundle(name, noWorkspace);
  bundles.set(name, file);
  return file;
}

/** Builds a bundle in a folder that contains only the packages that Lambda provides. */
function bundle(name: TriggerName, workspace: string): string {
  const folder = mkdtempSync(join(scratch, `${name}-`));
  for (const found of [RUNTIME_HAS, ...layered(name)]) {
    const link = join(folder, 'node_modules', found);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', found), link);
  }
  return bundleIn(name, folder, workspace);
}

/** Loads a module in a separate process, and prints the value of an expression in which `loaded` is the module. */
function load(file: string, print: string, env: Record<string, string>) {
  const code = `const loaded = await import(${JSON.stringify(file)}); console.log(${print}); process.exit()`;
  const program = join(mkdtempSync(join(scratch, 'program-')), 'program.mjs');
  writeFileSync(program, code);
  return spawnSync(process.execPath, [program], {
    env: { PATH: process.env.PATH ?? '', AWS_REGION: 'eu-central-1', ...env },
    encoding: 'utf8',
  });
}

const ENVIRONMENT = {
  DATA_DIR: join(scratch, 'data'),
  OBJECT_STORE: 's3',
  LAKE_BUCKET: 'lake',
  MODELS_BUCKET: 'models',
  TABLES: 'dynamodb',
  IDEMPOTENCY_TABLE: 'idempotency',
  FEATURES_TABLE: 'features',
  REGISTRY_TABLE: 'registry',
};

describe('a bundled function', () => {
  it.each(['update-online', 'refresh-online', 'build-features', 'check-parity', 'recommend'] as const)(
    '%s can be loaded as Lambda loads it, and exports its handler',
    (name) => {
      const { stdout, stderr } = load(reference(name), 'typeof loaded.handler', ENVIRONMENT);
      expect(stderr).toBe('');
      expect(stdout.trim()).toBe('function');
    },
  );

  it.each(['refresh-online', 'build-features', 'check-parity'] as const)('%s brings every SQL file', (name) => {
    const folder = SQL_FOLDERS[triggers[name].brick] as string;
    const files = globSync('**/*.sql', { cwd: folder }).sort();
    expect(files.length).toBeGreaterThan(10);
    expect(globSync('sql/**/*.sql', { cwd: dirname(reference(name)) }).sort()).toEqual(
      files.map((file) => join('sql', file)),
    );
    for (const file of files) {
      const brought = readFileSync(join(dirname(reference(name)), 'sql', file), 'utf8');
      expect(brought).toBe(readFileSync(join(folder, file), 'utf8'));
    }
  });

  it('does not start without a SQL file', () => {
    const file = bundle('refresh-online', noWorkspace);
    rmSync(join(dirname(file), 'sql/features/users-snapshot.sql'));
    const { stdout, stderr } = load(file, 'typeof loaded.handler', ENVIRONMENT);
    expect(stderr).toContain('users-snapshot.sql');
    expect(stdout).toBe('');
  });

  // A bundle imports external packages at startup, even those in lazily loaded modules.
  it('imports no package at startup that its layers lack', async () => {
    const entryOf = (name: TriggerName) => {
      const { brick, folder } = triggers[name];
      return `functions/${brick}/${folder}/index.ts`;
    };
    const { metafile } = await build({
      entryPoints: namesOf.map(entryOf),
      outdir: scratch,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      ...BUNDLING,
      format: 'esm',
      logLevel: 'error',
    });
    const imported = new Map(
      Object.values(metafile.outputs).map(({ entryPoint, imports }) => [
        entryPoint,
        imports.filter(({ external, kind }) => external && kind === 'import-statement').map(({ path }) => path),
      ]),
    );
    for (const name of namesOf) {
      const allowed = [...builtinModules, RUNTIME_HAS, ...layered(name)];
      const isAllowed = (path: string) =>
        path.startsWith('node:') || allowed.some((found) => path === found || path.startsWith(`${found}/`));
      const paths = imported.get(entryOf(name)) ?? [];
      expect(paths.length, name).toBeGreaterThan(0);
      expect(
        paths.filter((path) => !isAllowed(path)),
        name,
      ).toEqual([]);
    }
  });

  it('contains the Kafka client with MSK authentication', () => {
    const kafka = { EVENT_LOG: 'kafka', KAFKA_BROKERS: '127.0.0.1:9', KAFKA_AUTH: 'msk-iam' };
    const { stdout, stderr } = load(reference('collect'), 'typeof loaded.handler', {
      ...ENVIRONMENT,
      ...kafka,
    });
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe('function');
  });

  it('names an invalid variable', () => {
    const file = reference('collect');
    const { stderr } = load(file, '0', { ...ENVIRONMENT, EVENT_LOG: 'kafka' });
    expect(stderr).toContain('BRICK_BAD_CONFIGURATION');
    expect(stderr).toContain('KAFKA_BROKERS');
  });

  /** Returns a folder whose workspace selects a file for a seam. */
  function workspaceWith(seam: string, code: string): string {
    const chosen = mkdtempSync(join(scratch, 'chosen-'));
    mkdirSync(join(chosen, 'workspace'), { recursive: true });
    writeFileSync(join(chosen, 'workspace/seams.json'), JSON.stringify({ [seam]: 'mine.ts' }));
    writeFileSync(join(chosen, 'workspace/mine.ts'), code);
    return chosen;
  }

  /** Invokes a bundled function as API Gateway does, with the embedded adapters. @returns the body of its response */
  async function respond(file: string, request: object): Promise<unknown> {
    // A bundle for AWS lacks the thread of the embedded event log.
    await build({
      entryPoints: ['layers/adapters/sqlite/writer-thread.ts'],
      format: 'esm',
      platform: 'node',
      bundle: true,
      outfile: join(dirname(file), 'writer-thread.ts'),
      logLevel: 'error',
    });
    const event = {
      version: '2.0',
      headers: { 'content-type': 'application/json' },
      isBase64Encoded: false,
      ...request,
    };
    const call = `(await loaded.handler(${JSON.stringify(event)}, { awsRequestId: 'r-1' })).body`;
    const { stdout, stderr } = load(file, call, { DATA_DIR: mkdtempSync(join(scratch, 'data-')), ...POPULAR });
    expect(stderr).toBe('');
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  }
  const POPULAR = { POWERTOOLS_DEV: 'false', POWERTOOLS_METRICS_DISABLED: 'true', POLICY: 'popular' };
  const at = Date.now() - 1_000;
  const PLAY = { type: 'play', eventId: 'e-1', userId: 'u-1', titleId: 't-1', occurredAt: at, sentAt: at };
  const POST = { routeKey: 'POST /v1/events', rawPath: '/v1/events', body: JSON.stringify({ events: [PLAY, PLAY] }) };
  const GET = {
    routeKey: 'GET /v1/recommendations',
    rawPath: '/v1/recommendations',
    queryStringParameters: { userId: 'u-1' },
  };

  it('runs the learner’s validateEvent if the workspace selects it, and otherwise the reference', async () => {
    const mine = "export const validateEvent = () => ({ ok: false, code: 'by_the_learner', reason: 'mine' });\n";
    const reply = await respond(bundle('collect', workspaceWith('validate-event', mine)), POST);
    expect(reply).toMatchObject({ rejected: [{ code: 'by_the_learner' }, { code: 'by_the_learner' }] });
    expect(await respond(reference('collect'), POST)).toEqual({ accepted: 1, duplicates: 1, rejected: [] });
    expect(seamAliases(noWorkspace)).toEqual({});
  });

  it('runs the learner’s collectEvents', async () => {
    const mine = `
      const key = { pk: 'event#by-the-learner', sk: 'event' };
      export async function collectEvents(accepted, { idempotency, now }) {
        await idempotency.putMany([{ key, item: { at: now() } }]);
        const [mark] = await idempotency.getMany([key]);
        return { accepted: mark ? 40 + accepted.length : 0, duplicates: 7 };
      }`;
    const file = bundle('collect', workspaceWith('collect-events', mine));
    expect(await respond(file, POST)).toEqual({ accepted: 42, duplicates: 7, rejected: [] });
  });

  it('runs the learner’s explore', async () => {
    const mine = `export const explore = (slate, { requestId }) =>
      [...slate, { titleId: 'by-the-learner', score: 0, source: 'exploration', position: 1, propensity: 1 }];`;
    const file = bundle('recommend', workspaceWith('explore', mine));
    expect(await respond(file, GET)).toMatchObject({ items: [{ titleId: 'by-the-learner' }] });
    expect(await respond(reference('recommend'), GET)).toMatchObject({ items: [] });
  });
});

describeWith(
  'Kafka',
  hasKafka(),
  KAFKA_INSTALL_HINT,
)('a bundled function on a real broker', () => {
  it('connects to it with only its bundle', async () => {
    await using kafka = await startKafka();
    for (const topic of [EVENTS, EXPOSURES]) await kafka.createTopic(topic);
    const env = { ...ENVIRONMENT, EVENT_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') };
    const asked = "JSON.stringify(await loaded.handler({ runId: 'r-1' }, {}))";
    const { stdout, stderr } = load(reference('await-archive'), asked, env);
    expect(stderr).toBe('');
    expect(stdout).toContain('"caughtUp":true,"lag":0');
  });
});
