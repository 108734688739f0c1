import type { Confined, Program } from './confined-program-types.ts';
import { confinementLevel } from './find-strongest-confinement.ts';
import { runLaunch } from './run-command-with-limits.ts';

/**
 * Starts a program in a confinement that its code cannot leave. On Linux with namespaces, the program sees only its
 * `readable` files, no other process and no network, writes only to its private /tmp, and has no capabilities.
 * Elsewhere it is confined less, and `confinementLevel().warning` names the missing protection.
 *
 * @param level @default - the strongest level of this machine
 */
export async function startConfined(program: Program, level = confinementLevel()): Promise<Confined> {
  return runLaunch((await level).launch(program), program);
}
