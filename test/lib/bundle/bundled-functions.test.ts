import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { EVENTS, EXPOSURES } from '#domain/events/topics.ts';
import { type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import { BUNDLING } from '../../../lib/constructs/compute/esbuild-options.ts';
import { seamAliases } from '../../../lib/seam-aliases.ts';
import { hasKafka, KAFKA_INSTALL_HINT, startKafka } from '../../../localstack/servers/kafka.ts';
import { describeWith } from '../../support/require-server.ts';
import { bundle as bundleIn } from './bundle-function.ts';

const scratch = mkdtempSync(join(tmpdir(), 'agentbricks-bundle-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const RUNTIME_HAS = '@aws-sdk';
const namesOf = Object.keys(triggers) as TriggerName[];

/** What the function's layers bring (layers/native), and nothing else that is installed here. */
const layered = (name: TriggerName): string[] =>
  (triggers[name] as Trigger).uses.native
    ?.filter((native) => native !== 'kafka')
    .flatMap((native) =>
      Object.keys(JSON.parse(readFileSync(`layers/native/${native}/nodejs/package.json`, 'utf8')).dependencies),
    ) ?? [];

const nothingChosen = join(scratch, 'nothing-chosen');
const bundles = new Map<TriggerName, string>();

/** The reference: the same for all who ask. */
function reference(name: TriggerName): string {
  const file = bundles.get(name) ?? bundle(name, nothingChosen);
  bundles.set(name, file);
  return file;
}

/** Lies where it finds what Lambda gives it, and no other package. */
function bundle(name: TriggerName, workspace: string): string {
  const folder = mkdtempSync(join(scratch, `${name}-`));
  for (const found of [RUNTIME_HAS, ...layered(name)]) {
    const link = join(folder, 'node_modules', found);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', found), link);
  }
  return bundleIn(name, folder, workspace);
}

/** What `print` (an expression over the loaded module) says in a process of its own. */
function load(file: string, print: string, env: Record<string, string>) {
  const code = `const loaded = await import(${JSON.stringify(file)}); console.log(${print}); process.exit()`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], {
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
  it.each(['update-online', 'refresh-online', 'recommend'] as const)(
    '%s loads as Lambda loads it, and offers its handler',
    (name) => {
      const { stdout, stderr } = load(reference(name), 'typeof loaded.handler', ENVIRONMENT);
      expect(stderr).toBe('');
      expect(stdout.trim()).toBe('function');
    },
  );

  // What is imported lazily from a file inside the bundle is imported at the start all the same, if it lies outside.
  it('imports at its start no package that its layers lack', async () => {
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

  it('carries the Kafka client, with the authentication of MSK', () => {
    const kafka = { EVENT_LOG: 'kafka', KAFKA_BROKERS: '127.0.0.1:9', KAFKA_AUTH: 'msk-iam' };
    const { stdout, stderr } = load(reference('collect'), 'typeof loaded.handler', {
      ...ENVIRONMENT,
      ...kafka,
    });
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe('function');
  });

  it('says by name which variable it cannot use', () => {
    const file = reference('collect');
    const { stderr } = load(file, '0', { ...ENVIRONMENT, EVENT_LOG: 'kafka' });
    expect(stderr).toContain('BRICK_BAD_CONFIGURATION');
    expect(stderr).toContain('KAFKA_BROKERS');
  });

  it('holds the learner’s file where the workspace says so, and the reference elsewhere', () => {
    const chosen = join(scratch, 'chosen');
    mkdirSync(join(chosen, 'workspace'), { recursive: true });
    writeFileSync(join(chosen, 'workspace/seams.json'), '{"validate-event":"mine.ts"}');
    writeFileSync(
      join(chosen, 'workspace/mine.ts'),
      "export const validateEvent = () => ({ ok: false, code: 'by_the_learner', reason: 'mine' });\n",
    );
    expect(readFileSync(bundle('collect', chosen), 'utf8')).toContain('by_the_learner');
    expect(readFileSync(reference('collect'), 'utf8')).not.toContain('by_the_learner');
    expect(seamAliases(nothingChosen)).toEqual({});
  });
});

describeWith(
  'Kafka',
  hasKafka(),
  KAFKA_INSTALL_HINT,
)('a bundled function on a real broker', () => {
  it('talks to it, with nothing but its bundle', async () => {
    await using kafka = await startKafka();
    for (const topic of [EVENTS, EXPOSURES]) await kafka.createTopic(topic);
    const env = { ...ENVIRONMENT, EVENT_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') };
    const asked = "JSON.stringify(await loaded.handler({ runId: 'r-1' }, {}))";
    const { stdout, stderr } = load(reference('await-archive'), asked, env);
    expect(stderr).toBe('');
    expect(stdout).toContain('"caughtUp":true,"lag":0');
  });
});
