import { randomBytes } from 'node:crypto';
import type { Ending, ResourceLimits } from '../../confinement/confined-program-types.ts';
import { type ConfinementLevel, confinementLevel } from '../../confinement/find-strongest-confinement.ts';
import { startConfined } from '../../confinement/start-confined-program.ts';
import { evaluatorCode } from './bundle-evaluator.ts';
import type { PrometheusVersion } from './evaluator/compiled-expressions-and-work-budget.ts';
import type {
  ReportedProblem,
  RulesRequest,
  RulesResponse,
  Scenario,
  ScenarioReport,
  UnknownMetric,
} from './message-types.ts';

export interface RulesLimits extends ResourceLimits {
  /** Megabytes of JavaScript objects. */
  readonly heapMb: number;
  /** Samples that the rules may read in all scenarios together. */
  readonly samples: number;
}

export const RULES_LIMITS: RulesLimits = {
  // The processor time ends rules that do too much. The total time is long, for a busy machine.
  ...{ total: 90_000, cpuSeconds: 30, heapMb: 256, residentMb: 512, dataMb: 2_048, processes: 1 },
  ...{ resultBytes: 8_000_000, printedBytes: 100_000, samples: 20_000_000 },
};

/** Why the evaluation ended before it had reported anything. */
export type Stopped = 'time' | 'processor' | 'memory' | 'output' | 'ended';

export type RulesRun =
  | {
      readonly kind: 'reports';
      readonly reports: readonly ScenarioReport[];
      readonly unknown: readonly UnknownMetric[];
    }
  | { readonly kind: 'problem'; readonly problem: ReportedProblem }
  | { readonly kind: 'stopped'; readonly why: Stopped };

/** Loads the program that standard input begins with, on one line in base64. The request is the second line. */
const BOOTSTRAP = `
import { readFileSync } from 'node:fs';
const [code, request] = readFileSync(0, 'utf8').split('\\n');
globalThis.request = request;
await import('data:text/javascript;base64,' + code);
`;

const NODE_FLAGS = ['--permission', '--no-addons', '--disable-sigusr1', '--no-warnings', '--input-type=module'];

/**
 * Evaluates a learner's rule file over all scenarios, in a confined process. A rule file contains no code, but its text
 * can overload a parser or an evaluator.
 *
 * @param version of Prometheus whose rules apply @default 3
 * @param level @default - the strongest confinement of this machine
 */
export async function runRules(
  text: string,
  scenarios: readonly Scenario[],
  limits: RulesLimits = RULES_LIMITS,
  version: PrometheusVersion = 3,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<RulesRun> {
  const token = randomBytes(16).toString('hex');
  const args = [...NODE_FLAGS, `--max-old-space-size=${limits.heapMb}`, '-e', BOOTSTRAP];
  const code = Buffer.from(await evaluatorCode()).toString('base64');
  const confined = await startConfined(
    { command: process.execPath, args, readable: [], limits, env: { TZ: 'UTC' } },
    level,
  );
  const request: RulesRequest = { token, text, version, samples: limits.samples, scenarios };
  confined.stdin.end(`${code}\n${JSON.stringify(request)}\n`);
  const chunks: Buffer[] = [];
  confined.results.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ending = await confined.ended;
  const response = parseResponse(Buffer.concat(chunks).toString('utf8'), token);
  return response ?? { kind: 'stopped', why: whyStopped(ending, confined.errors()) };
}

/** Returns the response, if it is complete. Only our own program writes it: a rule file contains no code. */
function parseResponse(text: string, token: string): RulesResponse | undefined {
  if (!text.endsWith('\n')) return undefined;
  const response = JSON.parse(text) as RulesResponse;
  return response.token === token ? response : undefined;
}

/** Exit codes of a process that the kernel killed for its processor time, as reported by a shell or bubblewrap. */
const CPU_LIMIT = [128 + 24, 128 + 9];

function whyStopped({ killedFor, exitCode }: Ending, errors: string): Stopped {
  if (killedFor && killedFor !== 'stopped') return killedFor;
  if (/out of memory|allocation failed/i.test(errors)) return 'memory';
  return exitCode !== null && CPU_LIMIT.includes(exitCode) ? 'processor' : 'ended';
}
