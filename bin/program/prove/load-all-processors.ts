import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Keeps each processor busy with a separate process, until it is disposed. */
export function busyMachine(): Disposable {
  const processes = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', `setInterval(() => process.kill(${process.pid}, 0), 1_000); ${LOOP}`], {
      stdio: 'ignore',
    }),
  );
  return { [Symbol.dispose]: () => processes.forEach((each) => void each.kill('SIGKILL')) };
}

/** Works in slices, so that the process notices the end of its parent, and ends too. */
const LOOP =
  'const work = () => { for (const end = Date.now() + 50; Date.now() < end; ); setImmediate(work); }; work();';
