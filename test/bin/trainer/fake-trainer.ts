import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';

const sha256 = (...parts: readonly (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const requirements = (name: string) => readFileSync(join(TRAINER_PACKAGE, name));

interface Output {
  readonly stdout?: unknown;
  /** Lines on stderr. */
  readonly stderr?: readonly string[];
  readonly status?: number;
  /** Folder of a model. The fake trainer copies its files to the folder that follows `--out`. */
  readonly model?: string;
}

/**
 * Installs a fake trainer in a home. Its Python only prints this output and records its arguments. The real trainer's
 * output is tested in test/functions/model-training.
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

function install(python: string, folder: string, { stdout = {}, stderr = [], status = 0, model }: Output): void {
  mkdirSync(dirname(python), { recursive: true });
  writeFileSync(join(folder, 'stdout'), JSON.stringify(stdout));
  writeFileSync(join(folder, 'stderr'), `${stderr.join('\n')}\n`);
  const path = (name: string) => `'${resolve(folder, name)}'`;
  const lines = [
    '#!/bin/sh',
    `echo "$@" > ${path('arguments')}`,
    `cat ${path('stdout')}`,
    `cat ${path('stderr')} >&2`,
    ...(model === undefined
      ? []
      : [`while [ "$1" != --out ]; do shift; done`, `mkdir -p "$2" && cp '${model}'/* "$2"`]),
    `exit ${status}`,
  ];
  writeFileSync(python, `${lines.join('\n')}\n`);
  chmodSync(python, 0o755);
}
