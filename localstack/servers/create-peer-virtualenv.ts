import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../embedded/process/run-process.ts';
import { findPython } from '../embedded/trainer/prepare-trainer-virtualenv.ts';

/**
 * Creates a virtual environment under `.agentbricks/peers/`, unless one with the same requirements exists.
 *
 * @param name of the environment's folder
 * @param requirements path of a requirements file with pinned versions
 * @param options of `uv pip install` @default - none
 * @returns path of the environment's Python
 */
export async function pythonEnvironment(name: string, requirements: string, options: readonly string[] = []) {
  const folder = resolve('.agentbricks/peers', name);
  const python = join(folder, 'bin/python');
  const marker = join(folder, 'ready');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return python;
  rmSync(folder, { recursive: true, force: true });
  process.stderr.write(`  installing ${requirements}\n`);
  await step((await findPython()).path, ['-m', 'venv', folder]);
  await step(python, ['-m', 'pip', 'install', '--quiet', 'uv']);
  await step(python, ['-m', 'uv', 'pip', 'install', '--quiet', '--python', python, ...options, '-r', requirements]);
  writeFileSync(marker, wanted);
  return python;
}

async function step(program: string, args: readonly string[]): Promise<void> {
  const { status, tail } = await run(program, args, {});
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${tail.join('\n')}`);
}
