import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderInUse } from '#adapters/sqlite/folder-lock.ts';
import { findPython, prepareTrainer } from '../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';

const LOOK_AGAIN_MS = 1_000;

export const hasPython = (): Promise<boolean> =>
  findPython().then(
    () => true,
    () => false,
  );

/** Prepares the trainer's environment once for all tests on this machine, because it is large. @returns its folder */
export async function sharedTrainer(): Promise<string> {
  const folder = resolve('.agentbricks/trainer');
  for (;;) {
    try {
      await prepareTrainer({ folder, onStep: (step) => process.stderr.write(`trainer: ${step}\n`) });
      return folder;
    } catch (error) {
      // Another process is preparing the environment.
      if (!(error instanceof FolderInUse)) throw error;
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
