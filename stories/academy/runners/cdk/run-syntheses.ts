import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Ending, ResourceLimits } from '../../confinement/confined-program-types.ts';
import { type ConfinementLevel, confinementLevel } from '../../confinement/find-strongest-confinement.ts';
import { startConfined } from '../../confinement/start-confined-program.ts';
import { harnessCode } from './bundle-confined-harness.ts';
import { Report, type Request } from './protocol.ts';

export interface CdkLimits extends ResourceLimits {
  /** Megabytes of JavaScript objects. */
  readonly heapMb: number;
}

export const LIMITS: CdkLimits = {
  // Loading the CDK takes 2 s of processor time, and much longer on a busy machine.
  ...{ total: 60_000, cpuSeconds: 20, heapMb: 384, residentMb: 768, dataMb: 2_048, processes: 1 },
  ...{ resultBytes: 8_000_000, printedBytes: 1_000_000 },
};

/** Megabytes of the temporary folder, which receives cdk.out. */
const TMP_MB = 64;

export type Stopped = 'time' | 'processor' | 'memory' | 'output' | 'ended' | 'not started';

export interface SynthesisRun {
  readonly reports: readonly Exclude<Report, { kind: 'started' }>[];
  /** Why the process ended before it had reported everything. */
  readonly stopped?: Stopped;
  /** The beginning of the code's output. */
  readonly printed: string;
}

/** Switches off the CDK's own validation, which takes 4 s of processor time. `cdk synth` runs this validation. */
const NO_VALIDATION = 'false';
/** Folder with the packages of this project. */
const PACKAGES = dirname(dirname(realpathSync(fileURLToPath(import.meta.resolve('aws-cdk-lib')))));
const READABLE = ['aws-cdk-lib', 'constructs', '@aws-cdk'].map((name) => `${PACKAGES}/${name}`);
const NODE_FLAGS = [
  ...['--permission', '--no-addons', '--disable-sigusr1', '--no-warnings', '--no-experimental-sqlite'],
  ...READABLE.map((folder) => `--allow-fs-read=${folder}/*`),
  ...['--allow-fs-read=/tmp/*', '--allow-fs-write=/tmp/*', '--input-type=module'],
];

/**
 * Synthesises a stack in a confined process, which can read the CDK and write only to its temporary folder.
 *
 * @param level @default - the strongest confinement of this machine
 */
export async function runSyntheses(
  request: Omit<Request, 'token' | 'packages'>,
  limits: CdkLimits = LIMITS,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<SynthesisRun> {
  const token = randomBytes(16).toString('hex');
  const args = [...NODE_FLAGS, `--max-old-space-size=${limits.heapMb}`, '-e', await harnessCode()];
  const env = { TZ: 'UTC', HOME: '/tmp', TMPDIR: '/tmp', CDK_DISABLE_STACK_TRACE: '1', CDK_VALIDATION: NO_VALIDATION };
  const program = { command: process.execPath, args, readable: READABLE, limits, env, tmpMb: TMP_MB };
  const confined = await startConfined(program, level);
  confined.stdin.end(JSON.stringify({ ...request, token, packages: PACKAGES } satisfies Request));
  const all: Report[] = [];
  createInterface({ input: confined.results }).on('line', (line) => {
    if (line.startsWith(`${token} `)) all.push(Report.parse(JSON.parse(line.slice(token.length + 1))));
  });
  const ending = await confined.ended;
  const reports = all.filter((each) => each.kind !== 'started');
  const printed = confined.printed();
  const isComplete = reports.length === request.syntheses.length || reports.some(({ kind }) => kind !== 'template');
  if (isComplete) return { reports, printed };
  return { reports, printed, stopped: all.length > 0 ? whyStopped(ending, confined.errors()) : 'not started' };
}

/** Exit codes of a process that the kernel killed for its processor time, as reported by a shell or bubblewrap. */
const CPU_LIMIT = [128 + 24, 128 + 9];

function whyStopped({ killedFor, exitCode }: Ending, errors: string): Stopped {
  if (killedFor && killedFor !== 'stopped') return killedFor;
  if (/out of memory|allocation failed/i.test(errors)) return 'memory';
  return exitCode !== null && CPU_LIMIT.includes(exitCode) ? 'processor' : 'ended';
}
