import { getuid } from 'node:process';

/** First of the user ids for confined programs. systemd's list of ids names them as unused (systemd.io/UIDS-GIDS). */
const FIRST_ID = 60_706;
/** Each program of this process gets a separate id, so that their numbers of processes are counted separately. */
const IDS = 400;

let started = 0;

/**
 * How a program gives up its privileges. Root needs no user namespace for the other namespaces, and must not use one: its
 * user id would stay that of the host's root, which may write the settings in /proc/sys even without capabilities.
 */
export type Privileges = 'drop-root' | 'user-namespace';

export const privilegesOf = (uid: number | undefined = getuid?.()): readonly Privileges[] =>
  uid === 0 ? ['drop-root', 'user-namespace'] : ['user-namespace'];

/** Returns `setpriv` and its options. They take all capabilities from the program that follows on the command line. */
export function dropPrivileges(setpriv: string, privileges: Privileges): string[] {
  const id = FIRST_ID + ((process.pid + started++) % IDS);
  const user = [`--reuid=${id}`, `--regid=${id}`, '--clear-groups', '--ambient-caps=-all'];
  const capabilities = ['--bounding-set=-all', '--inh-caps=-all', '--no-new-privs'];
  // A change of the user cancels the signal that a process gets when its parent dies, so it is set here again.
  const lifetime = ['--pdeathsig=KILL', '--'];
  return [setpriv, ...(privileges === 'drop-root' ? user : []), ...capabilities, ...lifetime];
}
