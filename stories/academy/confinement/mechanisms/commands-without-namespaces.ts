import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Launch, Program } from '../confined-program-types.ts';
import { dropPrivileges } from './drop-privileges.ts';
import { ulimitCommand } from './resource-limit-commands.ts';

const LOAD_FILTER = readFileSync(join(import.meta.dirname, '../seccomp/load-filter.pl'), 'utf8');
/** Number of the system call prctl. */
const PRCTL: Readonly<Record<string, string>> = { x64: '157', arm64: '167' };

/** Returns a command that installs a seccomp filter. The program follows on the command line. */
export const loadFilterCommand = (perl: string, filter: Buffer): string[] => [
  ...[perl, '-e', LOAD_FILTER, PRCTL[process.arch] ?? '', filter.toString('hex')],
];

/** Returns the command that runs a program with resource limits only. It works on every Unix system. */
export const withLimitsOnly = (program: Program): Launch =>
  launchOf([...ulimitCommand(program), ...commandOf(program)]);

/**
 * Returns the command that runs a program with a seccomp filter but without namespaces, as in most containers. The
 * program can read every file that its user can read. It cannot open a socket, and with `limits.processes` of 1 it
 * cannot signal another process.
 *
 * @param setpriv takes root's privileges away, for a root user that cannot create namespaces @default - the user is
 * unchanged
 */
export function withFilterOnly(
  program: Program,
  filter: Buffer,
  { perl, setpriv }: { perl: string; setpriv?: string },
): Launch {
  const unprivileged = setpriv ? dropPrivileges(setpriv, 'drop-root') : [];
  return launchOf([
    ...ulimitCommand(program),
    ...unprivileged,
    ...loadFilterCommand(perl, filter),
    ...commandOf(program),
  ]);
}

const commandOf = ({ command, args }: Program): string[] => [command, ...args];

const launchOf = ([command = '', ...args]: readonly string[]): Launch => ({ command, args });
