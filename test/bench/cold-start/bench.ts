import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { BUNDLING } from '../../../lib/constructs/compute/esbuild-options.ts';
import { atMost, figure, type Group } from '../harness/figures-and-interleaved-rounds.ts';
import { prepareModelAndWorld } from '../serving/prepare-model-and-world.ts';

const ROUNDS = 7;
const OK = 200;
const SLATE = 20;
const MOST_SECONDS = 1.5;
const SECOND = 1_000;

/** Measurements of one process until its first slate. Times are milliseconds since its start. */
interface First {
  readonly status: number;
  readonly policy: string;
  readonly items: number;
  readonly imported: number;
  readonly first: number;
  readonly bytes: number;
}

/**
 * Measures brick 04's cold start: the time from the start of a process, bundled as for Lambda, until the model's first
 * slate from 50,000 titles.
 */
export const bench: Group = async function* ({ quick }) {
  const { world } = await prepareModelAndWorld();
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-bench-cold-'));
  try {
    const file = await bundled(folder);
    cpSync(world, join(folder, 'world'), { recursive: true });
    const rounds = Array.from({ length: quick ? 1 : ROUNDS }, () => firstAnswer(file, join(folder, 'world')));
    const of = (what: 'imported' | 'first') => rounds.map((round) => round[what] / SECOND);
    yield figure({ bench: 'cold-start.import', unit: 's', rounds: of('imported') });
    yield figure({ bench: 'cold-start.first-slate', unit: 's', rounds: of('first'), target: atMost(MOST_SECONDS) });
    yield figure({ bench: 'cold-start.memory', unit: 'bytes', rounds: rounds.map(({ bytes }) => bytes) });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/**
 * Bundles the function into one file, next to the packages of its layers and the thread that writes the log. On AWS,
 * Kafka replaces that thread.
 */
async function bundled(folder: string): Promise<string> {
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  await bundle(resolve('layers/adapters/sqlite/writer-thread.ts'), join(folder, 'writer-thread.js'));
  const entry = join(folder, 'entry.js');
  await bundle(join(import.meta.dirname, 'time-from-start-to-slate.ts'), entry);
  // The bundle must start the bundled thread, which is a JavaScript file.
  writeFileSync(entry, readFileSync(entry, 'utf8').replace('./writer-thread.ts', './writer-thread.js'));
  return entry;
}

const bundle = (entryPoint: string, outfile: string) =>
  build({
    entryPoints: [entryPoint],
    outfile,
    bundle: true,
    platform: 'node',
    ...BUNDLING,
    format: 'esm',
    logLevel: 'error',
  });

function firstAnswer(file: string, world: string): First {
  const env = { ...process.env, DATA_DIR: world, VECTOR_INDEX: 'usearch' };
  const { stdout, stderr } = spawnSync(process.execPath, [file], { env, encoding: 'utf8' });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`the process printed no measurement: ${stdout}${stderr}`);
  const said = JSON.parse(last) as First;
  const { status, policy, items } = said;
  if (status !== OK || policy !== 'model' || items !== SLATE)
    throw new Error(`the slate is not from the model: ${stdout}${stderr}`);
  return said;
}
