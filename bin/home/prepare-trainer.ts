import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';
import { localTrainer, type Trainer, type TrainerStage } from '../../localstack/embedded/trainer/local-trainer.ts';
import { isPrepared, prepareTrainer } from '../../localstack/embedded/trainer/trainer-environment.ts';
import type { Terminal } from '../console/terminal.ts';

interface Options {
  readonly folder: string;
  readonly terminal: Terminal;
  readonly onStage: (stage: TrainerStage) => void;
  readonly signal: AbortSignal;
}

const ROOT = join(import.meta.dirname, '../..');

/** The trainer, prepared where that is still to be done; undefined, with a word on the terminal, where it cannot be. */
export async function preparedTrainer({ folder, terminal, onStage, signal }: Options): Promise<Trainer | undefined> {
  const ready = isPrepared(folder);
  try {
    const python = await prepareTrainer({ folder, onStep: (step) => terminal.say(`Trainer: ${step}`), signal });
    if (!ready) terminal.say('Trainer: ready');
    return localTrainer({ python: async () => python, codeCommit: codeCommit(), onStage });
  } catch (error) {
    if (!(error instanceof BrickError)) throw error;
    terminal.say(`No model will be trained: ${error.message} Everything else goes on, served by popularity.`);
    return undefined;
  }
}

/** What the code is called in a manifest: its commit, or its version where there is no repository. */
function codeCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    return `v${version}`;
  }
}
