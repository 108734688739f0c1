import { confinementLevel } from './confinement-level.ts';
import type { Confined, Program } from './program.ts';
import { runLaunch } from './run-launch.ts';

/**
 * Starts a program so that a learner's code in it cannot leave. On Linux with namespaces, the program sees only its
 * `readable` files, no other process and no network, it writes nothing and holds no capability. Elsewhere only the limits
 * apply, and `confinementLevel().warning` says so.
 *
 * @param level - the strongest level of this machine by default
 */
export async function startConfined(program: Program, level = confinementLevel()): Promise<Confined> {
  return runLaunch((await level).launch(program), program);
}
