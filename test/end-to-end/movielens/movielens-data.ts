import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEPT = resolve(import.meta.dirname, '../../../.agentbricks/test-data');
const FOLDER = join(KEPT, 'recbole/dataset_example/ml-100k');
const PACKAGE = 'recbole==1.2.1';
const PATIENCE_MS = 50_000;

/**
 * The folder of the real MovieLens-100K, in RecBole's form. It comes with a wheel that pip fetches; its licence forbids
 * passing it on, so it is kept outside the repository.
 *
 * @returns why it is not there, when it cannot be fetched
 */
export async function movieLens100K(): Promise<{ folder: string } | { missing: string }> {
  if (existsSync(join(FOLDER, 'ml-100k.inter'))) return { folder: FOLDER };
  try {
    await mkdir(KEPT, { recursive: true });
    await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', KEPT, PACKAGE], {
      timeout: PATIENCE_MS,
    });
    const wheel = (await readdir(KEPT)).find((name) => name.endsWith('.whl')) ?? '';
    await run('python3', ['-m', 'zipfile', '-e', join(KEPT, wheel), KEPT]);
    return { folder: FOLDER };
  } catch (error) {
    return { missing: `pip could not fetch ${PACKAGE}: ${(error as Error).message.split('\n')[0]}` };
  }
}
