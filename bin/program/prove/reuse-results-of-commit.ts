import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, '.agentbricks/results');

const git = (...args: string[]) => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout.trim();

/** Returns the commit of the code that runs, or undefined if tracked files have uncommitted changes. */
export function cleanCommit(): string | undefined {
  if (git('status', '--porcelain', '--untracked-files=no') !== '') return undefined;
  return git('rev-parse', 'HEAD') || undefined;
}

/**
 * Returns a result that an earlier run of this commit has stored, or computes and stores it. Interrupted work therefore
 * resumes after its last complete result. Without a commit, nothing is stored or reused, because the code of the
 * earlier run is unknown.
 *
 * @param name path of the result below the commit's folder: lower-case words, numbers, hyphens and slashes
 */
export async function oncePerCommit<Result>(
  commit: string | undefined,
  name: string,
  compute: () => Promise<Result>,
): Promise<Result> {
  if (commit === undefined) return await compute();
  const file = join(FOLDER, commit, `${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Result;
  const result = await compute();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(result));
  renameSync(`${file}.new`, file);
  return result;
}
