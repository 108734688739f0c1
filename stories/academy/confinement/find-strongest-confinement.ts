import type { Launch, Program } from './confined-program-types.ts';
import { withBubblewrap } from './mechanisms/bubblewrap.ts';
import { withFilterOnly, withLimitsOnly } from './mechanisms/commands-without-namespaces.ts';
import { type Privileges, privilegesOf } from './mechanisms/drop-privileges.ts';
import { systemProgram } from './mechanisms/mount-plan.ts';
import { withUnshare } from './mechanisms/unshare.ts';
import { runLaunch } from './run-command-with-limits.ts';
import { filterFor } from './seccomp/filter.ts';
import { whyNoNamespaces } from './why-no-namespaces.ts';

/**
 * The part of the operating system that confines a program, besides its interpreter's own options. `bubblewrap` and
 * `unshare` create namespaces and a separate file system, `filter` only denies system calls, and `none` only limits
 * resources.
 */
export type Mechanism = 'bubblewrap' | 'unshare' | 'filter' | 'none';

export interface ConfinementLevel {
  readonly mechanism: Mechanism;
  /** Whether a seccomp filter denies system calls. */
  readonly seccomp: boolean;
  /** One line for a learner that names the missing protection and how to get it. @default - nothing is missing */
  readonly warning?: string;
  /** Returns the command line that confines a program. */
  readonly launch: (program: Program) => Launch;
}

let strongest: Promise<ConfinementLevel> | undefined;

/** Finds the strongest mechanism that works on this machine. Tries each mechanism, once per process. */
export function confinementLevel(): Promise<ConfinementLevel> {
  strongest ??= firstWorking([...bubblewrapLevels(), ...unshareLevels(), ...filterLevels()]);
  return strongest;
}

/** Returns the level of one mechanism, or undefined if it does not work on this machine. */
export async function levelOf(mechanism: Mechanism): Promise<ConfinementLevel | undefined> {
  const candidates = { bubblewrap: bubblewrapLevels, unshare: unshareLevels, filter: filterLevels, none: () => [] };
  const level = await firstWorking(candidates[mechanism]());
  return level.mechanism === mechanism ? level : undefined;
}

async function firstWorking(candidates: readonly ConfinementLevel[]): Promise<ConfinementLevel> {
  for (const level of candidates) if (await works(level)) return level;
  return { mechanism: 'none', seccomp: false, warning: trustedOnly(UNCONFINED), launch: withLimitsOnly };
}

/**
 * Combinations of privileges and filter, from strong to weak. A machine may forbid a combination, because it forbids
 * user namespaces, or may lack a program that the combination needs, such as perl.
 */
const variants = (): { privileges: Privileges; seccomp: boolean }[] =>
  [true, false].flatMap((seccomp) => privilegesOf().map((privileges) => ({ privileges, seccomp })));

const WITHOUT_FILTER =
  'Your code can make any system call, although it reaches no file and no process of this machine: a filter needs an x64 or arm64 processor. Install bubblewrap or perl there.';
const UNCONFINED = 'The operating system does not confine your code';
const trustedOnly = (what: string) => `${what}: ${whyNoNamespaces()} Until then, check only code that you trust.`;

function bubblewrapLevels(): ConfinementLevel[] {
  const [bwrap, prlimit, setpriv] = ['bwrap', 'prlimit', 'setpriv'].map(systemProgram);
  if (!bwrap || !prlimit || !setpriv) return [];
  return variants().map(({ privileges, seccomp }) => ({
    ...{ mechanism: 'bubblewrap', seccomp, warning: seccomp ? undefined : WITHOUT_FILTER },
    launch: (program) =>
      withBubblewrap(program, { bwrap, prlimit, setpriv }, privileges, seccomp ? filterFor(program) : undefined),
  }));
}

function unshareLevels(): ConfinementLevel[] {
  const [unshare, prlimit, setpriv, perl] = ['unshare', 'prlimit', 'setpriv', 'perl'].map(systemProgram);
  if (!unshare || !prlimit || !setpriv) return [];
  return variants()
    .filter(({ seccomp }) => !seccomp || perl)
    .map(({ privileges, seccomp }) => ({
      ...{ mechanism: 'unshare', seccomp, warning: seccomp ? undefined : WITHOUT_FILTER },
      launch: (program) =>
        withUnshare(program, { unshare, prlimit, setpriv, perl }, privileges, seccomp ? filterFor(program) : undefined),
    }));
}

function filterLevels(): ConfinementLevel[] {
  const [perl, setpriv] = ['perl', 'setpriv'].map(systemProgram);
  if (!perl) return [];
  return (setpriv && privilegesOf().includes('drop-root') ? [{ perl, setpriv }, { perl }] : [{ perl }]).map(
    (tools) => ({
      ...{ mechanism: 'filter', seccomp: true, warning: trustedOnly('Your code could read your files') },
      launch: (program) => {
        const filter = filterFor(program);
        return filter ? withFilterOnly(program, filter, tools) : withLimitsOnly(program);
      },
    }),
  );
}

const PROBE: Program = {
  ...{ command: process.execPath, args: ['--version'], readable: [] },
  limits: {
    // A long limit, so that a busy machine does not get a weaker level.
    ...{ total: 30_000, cpuSeconds: 10, residentMb: 512, dataMb: 4_096 },
    ...{ processes: 1, resultBytes: 0, printedBytes: 1_000 },
  },
};

/** Returns whether Node starts inside the confinement. */
async function works({ launch, seccomp }: ConfinementLevel): Promise<boolean> {
  if (seccomp && !filterFor(PROBE)) return false;
  const probe = runLaunch(launch(PROBE), PROBE);
  const { exitCode } = await probe.ended;
  return exitCode === 0 && probe.printed().trim() === process.version;
}
