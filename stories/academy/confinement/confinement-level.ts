import { readFileSync } from 'node:fs';
import { withBubblewrap } from './mechanisms/bubblewrap.ts';
import { systemProgram } from './mechanisms/mount-plan.ts';
import { type Privileges, privilegesOf } from './mechanisms/privileges.ts';
import { ulimitCommand } from './mechanisms/resource-limits.ts';
import { withUnshare } from './mechanisms/unshare.ts';
import type { Launch, Program } from './program.ts';
import { runLaunch } from './run-launch.ts';
import { filterFor } from './seccomp/filter.ts';

/** The part of the operating system that confines a program, besides its interpreter's own options. */
export type Mechanism = 'bubblewrap' | 'unshare' | 'none';

export interface ConfinementLevel {
  readonly mechanism: Mechanism;
  /** Whether a seccomp filter denies system calls. */
  readonly seccomp: boolean;
  /** One line for a learner: the missing part, and how to get it. @default - nothing is missing */
  readonly warning?: string;
  /** Returns the command line that confines a program. */
  readonly launch: (program: Program) => Launch;
}

let strongest: Promise<ConfinementLevel> | undefined;

/** Finds the strongest mechanism that works on this machine. It tries each one, once per process. */
export function confinementLevel(): Promise<ConfinementLevel> {
  strongest ??= firstWorking([...bubblewrapLevels(), ...unshareLevels()]);
  return strongest;
}

/** Returns the level of one mechanism, or undefined if it does not work on this machine. */
export async function levelOf(mechanism: Mechanism): Promise<ConfinementLevel | undefined> {
  const candidates = { bubblewrap: bubblewrapLevels, unshare: unshareLevels, none: () => [] }[mechanism]();
  const level = await firstWorking(candidates);
  return level.mechanism === mechanism ? level : undefined;
}

async function firstWorking(candidates: readonly ConfinementLevel[]): Promise<ConfinementLevel> {
  for (const level of candidates) if (await works(level)) return level;
  return { mechanism: 'none', seccomp: false, warning: warningWithoutNamespaces(), launch: withoutNamespaces };
}

/** From strong to weak. Each combination may be forbidden, such as user namespaces, or missing, such as perl. */
const variants = (): { privileges: Privileges; seccomp: boolean }[] =>
  [true, false].flatMap((seccomp) => privilegesOf().map((privileges) => ({ privileges, seccomp })));

const WITHOUT_FILTER =
  'Your code runs without a seccomp filter: its files and processes are separate, but it may make any system call. Install bubblewrap and perl to add the filter.';

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

function withoutNamespaces(program: Program): Launch {
  const [command = '', ...args] = [...ulimitCommand(program), program.command, ...program.args];
  return { command, args };
}

const PROBE: Program = {
  ...{ command: process.execPath, args: ['--version'], readable: [] },
  limits: {
    ...{ total: 5_000, cpuSeconds: 5, residentMb: 512, dataMb: 4_096 },
    ...{ processes: 1, resultBytes: 0, printedBytes: 1_000 },
  },
};

/** Returns whether Node starts inside the confinement. */
async function works({ launch, seccomp }: ConfinementLevel): Promise<boolean> {
  const started = launch(PROBE);
  if (seccomp && !filterFor(PROBE)) return false;
  const probe = runLaunch(started, PROBE);
  const { exitCode } = await probe.ended;
  return exitCode === 0 && probe.printed().trim() === process.version;
}

/** Settings that forbid user namespaces: the file under /proc/sys, the value that forbids them, and the value that allows them. */
const FORBIDDING_SETTINGS = [
  ['kernel/apparmor_restrict_unprivileged_userns', '1', '0'],
  ['kernel/unprivileged_userns_clone', '0', '1'],
  ['user/max_user_namespaces', '0', '10000'],
] as const;

/** Explains why no mechanism works, with the fix. */
function warningWithoutNamespaces(): string {
  return `Your code is not confined by the operating system: ${reasonAndFix()} Until then, check only code that you trust.`;
}

function reasonAndFix(): string {
  if (process.platform !== 'linux') return 'this is supported on Linux only. Use a Linux machine or a virtual one.';
  const setting = FORBIDDING_SETTINGS.find(([name, forbids]) => readSetting(name) === forbids);
  if (setting) {
    const name = setting[0].replace('/', '.');
    return `the setting ${name} forbids user namespaces. Run \`sudo sysctl -w ${name}=${setting[2]}\`.`;
  }
  if (!systemProgram('bwrap'))
    return 'bubblewrap is not installed. Install it, for example with `sudo apt install bubblewrap`.';
  return 'this machine does not allow namespaces, as in many containers. Use another machine or a container that allows them.';
}

function readSetting(setting: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${setting}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
