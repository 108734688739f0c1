import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import type { Confined } from '../../../confinement/confined-program-types.ts';
import { startConfined } from '../../../confinement/start-confined-program.ts';
import { interpreterCode } from '../bundle-interpreter.ts';
import { asInterpreted, statesOf } from '../list-states-targets-and-strings.ts';
import { type AslLimits, LIMITS, MAX_EVENTS, NODE_FLAGS, type Stopped, whyStopped } from '../run-scenarios.ts';
import { type Answer, type Execution, Report } from './confined-execution-messages.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
/** Longest delay of a timer of Node, in seconds. Timers with a longer delay fire immediately. */
const LONGEST_TIMER_S = Math.floor((2 ** 31 - 1) / SECOND);

/** Limits of one execution in real time. An execution of the reference enters about 30 states. */
export const SERVED_LIMITS: AslLimits = {
  ...LIMITS,
  ...{ total: HOUR, cpuSeconds: 60, events: MAX_EVENTS },
};

export type StateReport = Omit<Extract<Report, { kind: 'state' }>, 'kind'>;
export type ExecutionEnd = Omit<Extract<Report, { kind: 'ended' }>, 'kind'>;

export interface ServedExecution {
  readonly definition: JsonObject;
  readonly name: string;
  readonly input: JsonObject;
  /** Calls the task of a state. It may reject. */
  readonly call: (state: string, input: Json) => Promise<Json>;
  readonly onState: (change: StateReport) => void;
  /** Stops the execution. */
  readonly signal: AbortSignal;
  /** Names of the Task states. */
  readonly tasks: readonly string[];
  /** Milliseconds of each Wait state, in place of the definition's. */
  readonly waitMs: number;
}

/**
 * Interprets a learner's state machine in a confined process, in real time, and makes the calls of its tasks in this
 * process.
 *
 * @returns how the execution ended, or why it was stopped first
 */
export async function serveExecution(
  { definition, name, input, call, onState, signal, tasks, waitMs }: ServedExecution,
  limits: AslLimits = SERVED_LIMITS,
): Promise<ExecutionEnd | { readonly stopped: Stopped | 'events' | 'aborted' }> {
  const token = randomBytes(16).toString('hex');
  const code = await interpreterCode('served/inside/main.ts');
  const args = [...NODE_FLAGS, `--max-old-space-size=${limits.heapMb}`, '-e', code];
  const confined = await startConfined({ command: process.execPath, args, readable: [], limits, env: { TZ: 'UTC' } });
  const stop = () => confined.kill('stopped');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const waiting = [...statesOf(definition)].filter(({ state }) => state.Type === 'Wait');
  const request: Execution = {
    ...{ token, name, input, tasks, events: limits.events },
    definition: asInterpreted(definition, LONGEST_TIMER_S),
    waits: Object.fromEntries(waiting.map((each) => [each.name, waitMs])),
  };
  const exchange = answering(confined, token, { call, onState });
  exchange.send(request);
  const ending = await confined.ended;
  signal.removeEventListener('abort', stop);
  const { end, hasStarted } = exchange.seen();
  if (end) return end;
  if (signal.aborted) return { stopped: 'aborted' };
  return { stopped: hasStarted ? whyStopped(ending, confined.errors()) : 'not started' };
}

/** Makes the calls that the process reports, and sends their results to it. */
function answering(
  { stdin, results }: Confined,
  token: string,
  { call, onState }: Pick<ServedExecution, 'call' | 'onState'>,
) {
  let end: ExecutionEnd | { readonly stopped: 'events' } | undefined;
  let hasStarted = false;
  const send = (content: Execution | Answer) => void stdin.write(`${JSON.stringify(content)}\n`);
  const answer = async (id: number, state: string, given: Json): Promise<void> => {
    try {
      send({ call: id, result: await call(state, given) });
    } catch (error) {
      const { name, message } = error as Error;
      send({ call: id, error: { name, message } });
    }
  };
  createInterface({ input: results }).on('line', (line) => {
    const report = line.startsWith(`${token} `) ? reportOf(line.slice(token.length + 1)) : undefined;
    if (!report) return;
    hasStarted = true;
    if (report.kind === 'call') void answer(report.call, report.state, report.input as Json);
    else if (report.kind === 'state') onState(report);
    else if (report.kind === 'too many events') end = { stopped: 'events' };
    else if (report.kind === 'ended') end = report;
  });
  return { send, seen: () => ({ end, hasStarted }) };
}

function reportOf(text: string): Report | undefined {
  try {
    return Report.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
