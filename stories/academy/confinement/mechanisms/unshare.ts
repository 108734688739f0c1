import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launch, Program } from '../confined-program-types.ts';
import { loadFilterCommand } from './commands-without-namespaces.ts';
import { dropPrivileges, type Privileges } from './drop-privileges.ts';
import { firstExisting, type Mount, mountPlan } from './mount-plan.ts';
import { prlimitCommand } from './resource-limit-commands.ts';

/** Absolute paths of system programs that start the confined program. */
export interface UnshareTools {
  readonly unshare: string;
  readonly setpriv: string;
  readonly prlimit: string;
  /** Installs the seccomp filter. @default - no filter */
  readonly perl?: string;
}

const SCRIPT = readFileSync(join(import.meta.dirname, 'enter-root.sh'), 'utf8');
const NAMESPACES = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child', '--propagation=private'];
/** Folders that every system has. The new root is built in one of them that contains none of the program's files. */
const PLACES = ['/mnt', '/media', '/srv', '/tmp', '/opt', '/run'];

/**
 * Returns the command that runs a program in namespaces, with util-linux's unshare and a script that mounts its files.
 *
 * @param filter the seccomp filter, as BPF. It needs `tools.perl`.
 */
export function withUnshare(program: Program, tools: UnshareTools, privileges: Privileges, filter?: Buffer): Launch {
  const perl = filter && tools.perl;
  const helpers = [tools.setpriv, tools.prlimit, ...(perl ? [perl] : [])];
  const mounts = mountPlan([...program.readable, program.command, ...helpers]);
  const place = firstExisting(
    PLACES.filter((folder) => !mounts.some(({ path }) => `${path}/`.startsWith(`${folder}/`))),
  );
  const args = [
    ...['--pdeathsig=KILL', '--', tools.unshare, ...NAMESPACES],
    ...(privileges === 'user-namespace' ? ['--user', '--map-root-user'] : []),
    ...['--', '/bin/sh', '-c', SCRIPT, 'enter-root', place ?? '/tmp'],
    // Mounted before the views, which may lie in /tmp.
    ...(program.tmpMb ? ['tmp', String(program.tmpMb)] : []),
    ...mounts.flatMap(entryOf),
    ...(program.proc ? ['proc'] : []),
    '--',
    ...dropPrivileges(tools.setpriv, privileges),
    ...prlimitCommand(tools.prlimit, program),
    ...(perl ? loadFilterCommand(perl, filter) : []),
    ...[program.command, ...program.args],
  ];
  return { command: tools.setpriv, args };
}

function entryOf(mount: Mount): string[] {
  switch (mount.kind) {
    case 'folder':
    case 'device':
      return [mount.kind, mount.path];
    case 'link':
      return ['link', mount.path, mount.target];
    case 'view':
      return [mount.isFolder ? 'view-folder' : 'view-file', mount.path];
  }
}
