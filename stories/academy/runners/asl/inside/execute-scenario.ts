import { StateMachine } from 'aws-local-stepfunctions';
import type { Json } from '#domain/core/json-value-types.ts';
import type { Answer, Call, ExecutionLimits, History, Scenario } from '../protocol.ts';
import { eventsOf } from './count-history-events.ts';
import type { SimulatedClock } from './simulated-clock.ts';

interface LoggedEvent {
  readonly type: string;
  readonly timestamp: number;
  readonly state?: { readonly name: string; readonly type: string; readonly input: Json };
  readonly Error?: string;
  readonly Cause?: unknown;
}

/** An error with the name that a state machine matches in Retry and Catch. */
class TaskError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

/** Lets all promises settle that need no timer. */
const settle = () => new Promise<void>((done) => setImmediate(done));

/** Interprets the state machine once, on a simulated clock, and records what happened. */
export async function executeScenario(
  definition: Json,
  { name, input, answers, needs }: Scenario,
  clock: SimulatedClock,
  limits: ExecutionLimits,
): Promise<History> {
  clock.reset();
  const elapsed = clock.now;
  const calls: Call[] = [];
  const taskOf = (state: string, given: readonly Answer[]) => {
    let count = 0;
    return (received: Json): Promise<Json> => {
      const call: Call = { state, input: structuredClone(received) as Call['input'], at: elapsed() };
      if (count < limits.stored) calls.push(call);
      const answer = given[Math.min(count++, given.length - 1)] as Answer;
      return respond(call, missing(received, needs[state] ?? []) ?? answer, elapsed);
    };
  };
  const handlers = Object.fromEntries(Object.entries(answers).map(([state, given]) => [state, taskOf(state, given)]));
  const machine = new StateMachine(definition as never, { validationOptions: { noValidate: true } });
  const execution = machine.run(structuredClone(input) as never, {
    overrides: { taskResourceLocalHandlers: handlers as never },
    context: { Execution: { Name: name } },
  });
  const recorder = { failures: [] as History['failures'], last: undefined as History['last'], reached: false };
  const watching = watch(execution.eventLogs as AsyncIterable<LoggedEvent>, recorder, elapsed, limits, execution.abort);
  let ended: History['ended'] | undefined;
  void settled(execution.result, elapsed).then((each) => {
    ended ??= each;
  });
  for (await settle(); !ended; await settle()) {
    if (clock.advance(limits.milliseconds)) continue;
    ended = { status: 'running', reached: 'time', at: limits.milliseconds };
    execution.abort();
  }
  await Promise.race([watching, settle()]);
  if (recorder.reached) ended = { status: 'running', reached: 'events', at: elapsed() };
  return { calls, failures: recorder.failures, last: recorder.last, ended };
}

/** Returns the error of a task whose input lacks a field, as its function in production reports it. */
function missing(input: Json, paths: readonly string[]): Answer | undefined {
  const path = paths.find((each) => valueAt(input, each) === undefined);
  if (path === undefined) return undefined;
  return { kind: 'error', error: 'TypeError', cause: `the input has no ${path}`, afterMs: 0 };
}

const valueAt = (value: Json | undefined, path: string): Json | undefined =>
  path.split('.').reduce<Json | undefined>((part, field) => fieldOf(part, field), value);

const fieldOf = (value: Json | undefined, field: string): Json | undefined =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, field)
    ? (value as Record<string, Json>)[field]
    : undefined;

function respond(call: Call, answer: Answer, elapsed: () => number): Promise<Json> {
  return new Promise((resolve, reject) => {
    if (answer.kind === 'hang') return;
    setTimeout(() => {
      call.ended = { at: elapsed(), ...(answer.kind === 'error' ? { error: answer.error } : {}) };
      if (answer.kind === 'result') resolve(structuredClone(answer.value));
      else reject(new TaskError(answer.error, answer.cause));
    }, answer.afterMs);
  });
}

async function watch(
  events: AsyncIterable<LoggedEvent>,
  recorder: Pick<History, 'failures'> & { last: History['last']; reached: boolean },
  elapsed: () => number,
  limits: ExecutionLimits,
  abort: () => void,
): Promise<void> {
  let written = 0;
  for await (const { type, state, ...failure } of events) {
    if (!state) continue;
    written += eventsOf(type, state.type);
    if (written > limits.events) {
      recorder.reached = true;
      return abort();
    }
    if (type === 'StateEntered') {
      recorder.last = { name: state.name, type: state.type, input: state.input as Call['input'] };
      continue;
    }
    if (type !== 'StateFailed' || recorder.failures.length >= limits.stored) continue;
    const cause = typeof failure.Cause === 'string' ? failure.Cause : String((failure.Cause as Error)?.message ?? '');
    recorder.failures.push({ state: state.name, error: failure.Error ?? '', cause, at: elapsed() });
  }
}

async function settled(result: Promise<unknown>, elapsed: () => number): Promise<History['ended']> {
  try {
    await result;
    return { status: 'SUCCEEDED', at: elapsed() };
  } catch (error) {
    const { name, cause } = error as Error;
    if (name === 'ExecutionTimeoutError') return { status: 'TIMED_OUT', error: 'States.Timeout', at: elapsed() };
    const reason = cause instanceof Error ? cause : (error as Error);
    return { status: 'FAILED', error: reason.name, cause: reason.message, at: elapsed() };
  }
}
