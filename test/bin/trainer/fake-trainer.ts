import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/trainer-environment.ts';

const sha256 = (...parts: readonly (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const requirements = (name: string) => readFileSync(join(TRAINER_PACKAGE, name));

interface Output {
  readonly stdout?: unknown;
  /** Lines on stderr. */
  readonly stderr?: readonly string[];
  readonly status?: number;
}

/**
 * Installs a trainer in a home whose Python only prints this output and records its arguments. The real trainer's output is
 * tested in test/functions/model-training.
 */
export function fakeTrainer(home: string, output: Output) {
  const folder = join(home, 'trainer');
  const python = resolve(folder, 'venv/bin/python');
  install(python, folder, output);
  writeFileSync(join(folder, 'ready'), sha256(requirements('requirements.txt')));
  const search = resolve(folder, 'search/bin/python');
  install(search, folder, output);
  writeFileSync(join(folder, 'search/ready'), sha256(requirements('requirements-search.txt'), python));
  return { arguments: () => readFileSync(join(folder, 'arguments'), 'utf8').trim().split(' ') };
}

function install(python: string, folder: string, { stdout = {}, stderr = [], status = 0 }: Output): void {
  mkdirSync(dirname(python), { recursive: true });
  writeFileSync(join(folder, 'stdout'), JSON.stringify(stdout));
  writeFileSync(join(folder, 'stderr'), `${stderr.join('\n')}\n`);
  const files = resolve(folder);
  writeFileSync(
    python,
    `#!/bin/sh\necho "$@" > '${files}/arguments'\ncat '${files}/stdout'\ncat '${files}/stderr' >&2\nexit ${status}\n`,
  );
  chmodSync(python, 0o755);
}
