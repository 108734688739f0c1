import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { movieLens100K } from '../../end-to-end/movielens/download-movielens-100k.ts';
import { progress } from '../harness/figures-and-interleaved-rounds.ts';

const KEPT = resolve('.agentbricks/test-data/training');
const SPLIT = join(import.meta.dirname, 'make_split.py');
const AGENTBRICKS = resolve('bin/agentbricks.ts');

/** Size of a city whose plays are the training data. */
export interface City {
  readonly name: string;
  readonly agents: number;
  readonly titles: number;
  readonly days: number;
  /** Maximum number of plays. */
  readonly plays: number;
}

/** Prepares the real MovieLens-100K with each user's last rating held out. @returns the folder of its files */
export async function movieLens(python: string): Promise<string> {
  const found = await movieLens100K();
  if ('missing' in found) throw new Error(found.missing);
  return splitOnce(python, join(found.folder, 'ml-100k.inter'), 'ml-100k', Number.MAX_SAFE_INTEGER);
}

/** Prepares plays of a simulated city in the same format. The generated Parquet files are deleted afterwards. */
export async function cityPlays(python: string, { name, agents, titles, days, plays }: City): Promise<string> {
  const folder = join(KEPT, name);
  if (existsSync(join(folder, 'negatives.tsv'))) return folder;
  const events = join(KEPT, `${name}-events`);
  rmSync(events, { recursive: true, force: true });
  const size = ['--agents', agents, '--titles', titles, '--days', days].map(String);
  await step(process.execPath, [AGENTBRICKS, 'universe', 'generate', '--out', events, ...size]);
  await splitOnce(python, events, name, plays);
  rmSync(events, { recursive: true });
  return folder;
}

async function splitOnce(python: string, source: string, name: string, plays: number): Promise<string> {
  const folder = join(KEPT, name);
  if (!existsSync(join(folder, 'negatives.tsv'))) {
    progress(`${name}: ${(await step(python, [SPLIT, source, folder, String(plays)])).trim()}`);
  }
  return folder;
}

async function step(program: string, args: readonly string[]): Promise<string> {
  const { status, stdout, tail } = await run(program, args, {});
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${tail.join('\n')}`);
  return stdout;
}
