import { FILTER_FD, type Launch, type Program } from '../confined-program-types.ts';
import { dropPrivileges, type Privileges } from './drop-privileges.ts';
import { type Mount, mountPlan } from './mount-plan.ts';
import { prlimitCommand } from './resource-limit-commands.ts';

/** Absolute paths of system programs that start the confined program. */
export interface BubblewrapTools {
  readonly bwrap: string;
  readonly prlimit: string;
  readonly setpriv: string;
}

/** Megabyte in bytes. */
const MB = 1024 * 1024;
/** A user id inside a user namespace. The id has no meaning outside this namespace. */
const INSIDE_ID = '1000';

const NAMESPACES = ['--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'];
/** The capabilities with which setpriv changes the user and then removes all capabilities. */
const CHANGE_USER = ['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap((name) => ['--cap-add', name]);

/**
 * Returns the command that runs a program in namespaces, with bubblewrap.
 *
 * @param filter the seccomp filter, as BPF @default - no filter
 */
export function withBubblewrap(
  program: Program,
  tools: BubblewrapTools,
  privileges: Privileges,
  filter?: Buffer,
): Launch {
  const asRoot = privileges === 'drop-root';
  const helpers = asRoot ? [tools.setpriv, tools.prlimit] : [tools.prlimit];
  const mounts = mountPlan([...program.readable, program.command, ...helpers]);
  const args = [
    ...NAMESPACES,
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...(asRoot ? CHANGE_USER : ['--unshare-user', '--uid', INSIDE_ID, '--gid', INSIDE_ID]),
    // Mounted before the views, which may lie in /tmp.
    ...(program.tmpMb ? ['--size', String(program.tmpMb * MB), '--perms', '1777', '--tmpfs', '/tmp'] : []),
    ...mounts.flatMap(optionsOf),
    ...(program.proc ? ['--proc', '/proc', '--remount-ro', '/proc'] : []),
    ...['--remount-ro', '/', '--chdir', '/'],
    ...(filter ? ['--seccomp', String(FILTER_FD)] : []),
    '--',
    ...(asRoot ? dropPrivileges(tools.setpriv, privileges) : []),
    ...prlimitCommand(tools.prlimit, program),
    ...[program.command, ...program.args],
  ];
  return { command: tools.bwrap, args, filter };
}

function optionsOf(mount: Mount): string[] {
  switch (mount.kind) {
    case 'folder':
      // Without explicit permissions, other users cannot enter the folders that root creates.
      return ['--perms', '0755', '--dir', mount.path];
    case 'link':
      return ['--symlink', mount.target, mount.path];
    case 'view':
      return ['--ro-bind', mount.path, mount.path];
    case 'device':
      return ['--dev-bind', mount.path, mount.path];
  }
}
