import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { findPython } from '../../../localstack/embedded/trainer/trainer-environment.ts';
import { progress } from './figure.ts';

/**
 * The virtual environment of a peer that needs Python, made once under `.agentbricks/peers/`.
 *
 * @param requirements a pinned requirements file
 * @param options of the installer. @default - none
 * @returns the path of its Python
 */
export async function peerPython(name: string, requirements: string, options: readonly string[] = []) {
  const folder = resolve('.agentbricks/peers', name);
  const python = join(folder, 'bin/python');
  const marker = join(folder, 'ready');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return python;
  rmSync(folder, { recursive: true, force: true });
  progress(`installing the peers of ${requirements}`);
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
