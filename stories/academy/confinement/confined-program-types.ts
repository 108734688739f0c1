import type { Readable, Writable } from 'node:stream';

/** A program that can run a learner's code. */
export interface Program {
  /** Absolute path of the interpreter. */
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute paths of files and folders that the program may read, besides the system's shared libraries. */
  readonly readable: readonly string[];
  readonly limits: ResourceLimits;
  /** @default - empty, because the environment may contain secrets, and options such as NODE_OPTIONS */
  readonly env?: Readonly<Record<string, string>>;
  /** Mounts a private, read-only /proc, which shows only the program's own processes. @default false */
  readonly proc?: boolean;
  /** Megabytes of a private /tmp in memory, lost when the program ends. @default - no writable folder */
  readonly tmpMb?: number;
}

export interface ResourceLimits {
  /** Milliseconds until the program is killed. */
  readonly total: number;
  /** Seconds of processor time of each process. */
  readonly cpuSeconds: number;
  /** Resident megabytes of all processes together. Needs /proc on the host. */
  readonly residentMb: number;
  /** Milliseconds between two checks of the resident memory. @default 20 */
  readonly checkMemoryMs?: number;
  /** Megabytes that each process may reserve for data, resident or not. Needs Linux. */
  readonly dataMb: number;
  /** Number of processes. With 1, the program cannot start another one. */
  readonly processes: number;
  /** Bytes of results. The program is killed when it writes more. */
  readonly resultBytes: number;
  /** Bytes on standard output and standard error together. The program is killed when it writes more. */
  readonly printedBytes: number;
}

/** The limit that the program exceeded, or `stopped` if its owner stopped it. */
export type KillReason = 'time' | 'memory' | 'output' | 'stopped';

export interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Absent if neither a limit nor the owner killed the program. */
  readonly killedFor?: KillReason;
}

/** A running, confined program. */
export interface Confined {
  readonly stdin: Writable;
  /** Output on RESULTS_FD. Validate it, because the learner's code may have written it. */
  readonly results: Readable;
  /** Returns the beginning of the standard output so far. */
  printed(): string;
  /** Returns the beginning of the standard error so far. */
  errors(): string;
  kill(reason: KillReason): void;
  /** Resolves when all processes have ended and their output was read. Never rejects. */
  readonly ended: Promise<Ending>;
}

/** File descriptor of the results. Standard output belongs to the learner's code. */
export const RESULTS_FD = 3;

/** A command line that runs a program inside a confinement. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  /** Seccomp filter that the command reads from FILTER_FD. */
  readonly filter?: Buffer;
}

/** File descriptor from which bubblewrap reads the seccomp filter. The program does not inherit it. */
export const FILTER_FD = 4;
