import { getuid } from 'node:process';

/** First user id for confined programs. systemd's table of ids lists this range as unused (systemd.io/UIDS-GIDS). */
const FIRST_ID = 60_706;
/** Number of these user ids. Each program gets a different one, because the kernel counts processes per user id. */
const IDS = 400;

let started = 0;

/**
 * How a program gives up its privileges. Root can create namespaces without a user namespace, and should: in a user
 * namespace the program would keep the user id of the host's root, which may write to /proc/sys even without
 * capabilities.
 */
export type Privileges = 'drop-root' | 'user-namespace';

export const privilegesOf = (uid: number | undefined = getuid?.()): readonly Privileges[] =>
  uid === 0 ? ['drop-root', 'user-namespace'] : ['user-namespace'];

/**
 * Returns `setpriv` with its options, which take all capabilities from the program that follows on the command line.
 */
export function dropPrivileges(setpriv: string, privileges: Privileges): string[] {
  const id = FIRST_ID + ((process.pid + started++) % IDS);
  const user = [`--reuid=${id}`, `--regid=${id}`, '--clear-groups', '--ambient-caps=-all'];
  const capabilities = ['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
  // A change of the user cancels the signal that a process gets when its parent dies, so that signal is requested
  // again.
  const lifetime = ['--pdeathsig=KILL', '--'];
  return [setpriv, ...(privileges === 'drop-root' ? user : []), ...capabilities, ...lifetime];
}
