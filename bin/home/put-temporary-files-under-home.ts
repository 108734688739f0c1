import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Only the user who runs the program may read these folders: they contain data of users. */
const PRIVATE = 0o700;

/**
 * Makes this process and the programs that it starts write their temporary files under the home, where `forget` looks for
 * data of users. Deletes the temporary files of processes that were killed, and at its end the files of this process.
 */
export function useTemporaryFolder(home: string): Disposable {
  const all = resolve(home, 'tmp');
  for (const folder of [all, resolve(home, 'worlds')]) {
    mkdirSync(folder, { recursive: true, mode: PRIVATE });
    // An earlier version created the folder with the mode of other folders.
    chmodSync(folder, PRIVATE);
  }
  for (const pid of readdirSync(all)) {
    if (!isRunning(Number(pid))) rmSync(join(all, pid), { recursive: true, force: true });
  }
  const own = join(all, String(process.pid));
  mkdirSync(own, { recursive: true });
  const { TMPDIR } = process.env;
  process.env.TMPDIR = own;
  return {
    [Symbol.dispose]: () => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
      rmSync(own, { recursive: true, force: true });
    },
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user is running, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
