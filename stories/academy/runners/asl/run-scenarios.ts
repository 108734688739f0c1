import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Json } from '#domain/core/json-value-types.ts';
import type { Ending, ResourceLimits } from '../../confinement/confined-program-types.ts';
import { type ConfinementLevel, confinementLevel } from '../../confinement/find-strongest-confinement.ts';
import { startConfined } from '../../confinement/start-confined-program.ts';
import { interpreterCode } from './bundle-interpreter.ts';
import { type ExecutionLimits, History, type Request, type Scenario } from './protocol.ts';

export interface AslLimits extends ResourceLimits, ExecutionLimits {
  /** Megabytes of JavaScript objects. */
  readonly heapMb: number;
}

const DAY = 86_400_000; // milliseconds
/** Events after which Step Functions ends an execution of a standard workflow. */
export const MAX_EVENTS = 25_000;

export const LIMITS: AslLimits = {
  ...{ total: 60_000, cpuSeconds: 8, heapMb: 128, residentMb: 512, dataMb: 2_048, processes: 1 },
  ...{ resultBytes: 16_000_000, printedBytes: 100_000 },
  ...{ events: MAX_EVENTS, milliseconds: 30 * DAY, stored: 100 },
};

/** Why the interpreter ended before it had reported all executions. */
export type Stopped = 'time' | 'processor' | 'memory' | 'output' | 'ended' | 'not started';

export interface ScenarioRuns {
  /** One per execution that ended, in order. */
  readonly histories: readonly History[];
  readonly stopped?: Stopped;
}

export const NODE_FLAGS = ['--permission', '--no-addons', '--disable-sigusr1', '--no-warnings', '--input-type=module'];

/**
 * Interprets a state machine in a confined process, once for each scenario. The interpreter evaluates the learner's
 * paths and intrinsic functions, so it is confined like code.
 *
 * @param level @default - the strongest confinement of this machine
 */
export async function runScenarios(
  definition: Json,
  scenarios: readonly Scenario[],
  limits: AslLimits = LIMITS,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<ScenarioRuns> {
  const token = randomBytes(16).toString('hex');
  const args = [...NODE_FLAGS, `--max-old-space-size=${limits.heapMb}`, '-e', await interpreterCode()];
  const program = { command: process.execPath, args, readable: [], limits, env: { TZ: 'UTC' } };
  const confined = await startConfined(program, level);
  const { events, milliseconds, stored } = limits;
  const request: Request = { token, definition, scenarios, limits: { events, milliseconds, stored } };
  confined.stdin.end(JSON.stringify(request));
  const reports: unknown[] = [];
  createInterface({ input: confined.results }).on('line', (line) => {
    if (line.startsWith(`${token} `)) reports.push(JSON.parse(line.slice(token.length + 1)));
  });
  const ending = await confined.ended;
  const [started, ...histories] = reports;
  const runs = histories.map((each) => History.parse(each));
  if (runs.length === scenarios.length) return { histories: runs };
  return { histories: runs, stopped: started ? whyStopped(ending, confined.errors()) : 'not started' };
}

/** Exit codes of a process that the kernel killed for its processor time, as reported by a shell or bubblewrap. */
const CPU_LIMIT = [128 + 24, 128 + 9];

export function whyStopped({ killedFor, exitCode }: Ending, errors: string): Stopped {
  if (killedFor && killedFor !== 'stopped') return killedFor;
  if (/out of memory|allocation failed/i.test(errors)) return 'memory';
  return exitCode !== null && CPU_LIMIT.includes(exitCode) ? 'processor' : 'ended';
}
