/**
 * Interprets a learner's state machine once, in real time. The process that started this one makes the calls of the
 * tasks. execute-in-confined-process-answering-tasks.ts starts this program in a confined process.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { StateMachine } from 'aws-local-stepfunctions';
import type { Json } from '#domain/core/json-value-types.ts';
import { eventsOf } from '../../inside/count-history-events.ts';
import type { Answer, Execution, Report } from '../confined-execution-messages.ts';

const RESULTS = 3;
const KIND = {
  StateEntered: 'entered',
  StateExited: 'exited',
  StateFailed: 'failed',
  StateRetried: 'retried',
} as const;

interface LoggedEvent {
  readonly type: string;
  readonly timestamp: number;
  readonly state?: { readonly name: string; readonly type: string; readonly input: Json };
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { token, tasks, waits, ...execution } = JSON.parse((await lines.next()).value ?? '') as Execution;

function report(content: Report): void {
  const bytes = Buffer.from(`${token} ${JSON.stringify(content)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(RESULTS, bytes, written);
}

/** An error with the name that a state machine matches in Retry and Catch. */
class TaskError extends Error {
  constructor({ name, message }: { readonly name: string; readonly message: string }) {
    super(message);
    this.name = name;
  }
}

const open = new Map<number, PromiseWithResolvers<Json>>();
let calls = 0;
const call = (state: string) => (input: Json) => {
  const id = calls++;
  const answer = Promise.withResolvers<Json>();
  open.set(id, answer);
  report({ kind: 'call', call: id, state, input: input as never });
  return answer.promise;
};

async function readAnswers(): Promise<void> {
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const answer = JSON.parse(line.value) as Answer;
    const waiting = open.get(answer.call);
    open.delete(answer.call);
    if ('result' in answer) waiting?.resolve(answer.result);
    else waiting?.reject(new TaskError(answer.error));
  }
}

let record: Json | undefined;

async function watch(events: AsyncIterable<LoggedEvent>): Promise<void> {
  let written = 0;
  for await (const { type, state, timestamp } of events) {
    if (!state) continue;
    if (type === 'StateEntered') record = state.type === 'Fail' ? state.input : undefined;
    written += eventsOf(type, state.type);
    if (written > execution.events) {
      report({ kind: 'too many events' });
      process.exit(0);
    }
    const change = KIND[type as keyof typeof KIND];
    if (change) report({ kind: 'state', state: state.name, change, at: timestamp });
  }
}

async function ended(result: Promise<Json>): Promise<Extract<Report, { kind: 'ended' }>> {
  try {
    return { kind: 'ended', status: 'SUCCEEDED', output: (await result) as never };
  } catch (error) {
    const { name, message } = error as Error;
    return { kind: 'ended', status: name === 'ExecutionTimeoutError' ? 'TIMED_OUT' : 'FAILED', error: message };
  }
}

report({ kind: 'started' });
const machine = new StateMachine(execution.definition as never, { validationOptions: { noValidate: true } });
const running = machine.run(execution.input as never, {
  overrides: {
    taskResourceLocalHandlers: Object.fromEntries(tasks.map((state) => [state, call(state)])) as never,
    waitTimeOverrides: waits,
  },
  context: { Execution: { Name: execution.name } },
});
void readAnswers();
const watching = watch(running.eventLogs as AsyncIterable<LoggedEvent>);
const end = await ended(running.result as Promise<Json>);
await watching;
report({ ...end, record: record as never });
process.exit(0);
