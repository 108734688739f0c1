import { setTimeout as pause } from 'node:timers/promises';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { stepFunctions } from '#adapters/workflow/step-functions.ts';
import { BrickError } from '#domain/core/errors.ts';
import { planRuns } from '../../../functions/orchestration/plan-runs/plan-runs.ts';
import { asked } from '../../aws/aws-errors.ts';
import { stacksOf } from '../../aws/deployed-stacks.ts';
import { physical } from '../../aws/physical-names.ts';
import { untilInterrupted } from '../../console/interrupt.ts';
import { type Terminal, table } from '../../console/terminal.ts';

export interface AwsBackfillOptions {
  /** Days, YYYY-MM-DD, UTC: the first and the last, inclusive. */
  readonly from: string;
  readonly to: string;
  readonly seed: number;
  readonly leaveOneOut?: boolean;
  /** Of the execution; each day's run is `<day>-<name>`. @default - the time at which it was asked for */
  readonly name?: string;
  /** Until every day is done, or one has failed. */
  readonly wait?: boolean;
  readonly json?: boolean;
}

const STACK = 'Orchestration';
const POLL_MS = 2_000;
/** Exit status of a program that was stopped by the keyboard. */
const INTERRUPTED = 130;

export class NoBackfill extends BrickError {
  override readonly code = 'BRICK_NO_BACKFILL';
  constructor(region: string) {
    super({
      what: 'there is no pipeline to run',
      why: `${STACK} is not deployed in ${region}`,
      fix: `Deploy it (\`agentbricks deploy ${STACK}\`), or choose another region with AWS_REGION`,
    });
  }
}

/**
 * The deployed pipeline for each day of a range, one after the other, each on what was known at the end of its day.
 *
 * @returns 1 when it was waited for and a day failed @throws BadRange, NoBackfill, AwsRefused
 */
export async function awsBackfill(options: AwsBackfillOptions, terminal: Terminal): Promise<number> {
  const { from, to, seed, leaveOneOut = false, wait, json, name = nameOf(Date.now()) } = options;
  const range = { from, to, seed, leaveOneOut };
  const runIds = planRuns(range, name, Date.now()).map(({ runId }) => runId);
  const client = new SFNClient({});
  const machines = await machinesOf(client);
  const input = { stateMachineArn: machines.backfill, name, input: JSON.stringify(range) };
  const start = client.send(new StartExecutionCommand(input));
  const { executionArn = '' } = await asked('Step Functions does not start it', start);
  if (!wait) {
    if (json) terminal.out(JSON.stringify({ executionArn, runIds }));
    else for (const line of started(name, runIds)) terminal.out(line);
    return 0;
  }
  return untilInterrupted(terminal, async (signal) => {
    const status = await ended(client, executionArn, signal, terminal);
    if (status === 'RUNNING') {
      terminal.say(`Nobody waits any more; ${name} itself goes on.`);
      return INTERRUPTED;
    }
    const runs = await runsOf(machines.pipeline, runIds);
    if (json) terminal.out(JSON.stringify({ executionArn, status, runs }));
    else for (const line of became(runs)) terminal.out(line);
    return status === 'SUCCEEDED' ? 0 : 1;
  });
}

/** Unlike that of any other, and of the characters that an execution's name may have. */
const nameOf = (now: number): string => `by-hand-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`;

async function machinesOf(client: SFNClient): Promise<Readonly<Record<'backfill' | 'pipeline', string>>> {
  const region = await asked('nothing can be asked of AWS', client.config.region());
  const { deployed, resources } = stacksOf();
  const stands = (await deployed([STACK])).length > 0;
  const found = stands ? await resources(STACK) : new Map<string, string>();
  const [backfill, pipeline] = [physical(found, 'Backfill'), physical(found, 'Pipeline')];
  if (!backfill || !pipeline) throw new NoBackfill(region);
  return { backfill, pipeline };
}

const started = (name: string, runIds: readonly string[]): string[] => [
  `The backfill ${name} runs the pipeline ${runIds.length === 1 ? 'once' : `${runIds.length} times, one after the other`}:`,
  `  ${runIds.length === 1 ? runIds[0] : `${runIds[0]} to ${runIds.at(-1)}`}`,
  'It stops at a day that fails. The console of Step Functions shows it; --wait would have told how it ends.',
];

/** How it ended; RUNNING when the wait was cut. */
async function ended(client: SFNClient, executionArn: string, signal: AbortSignal, terminal: Terminal) {
  for (let passed = 0; ; passed += POLL_MS) {
    const look = client.send(new DescribeExecutionCommand({ executionArn }));
    const { status } = await asked('Step Functions does not tell how it goes', look);
    if (status !== 'RUNNING' || signal.aborted) return status;
    terminal.progress(`  it has run for ${passed / 1_000} s`);
    await pause(POLL_MS, undefined, { signal }).catch(() => {});
  }
}

interface DayRun {
  readonly runId: string;
  readonly status: string;
  readonly error?: string;
}

async function runsOf(stateMachineArn: string, runIds: readonly string[]): Promise<DayRun[]> {
  await using workflow = stepFunctions({ stateMachineArn });
  return Promise.all(
    runIds.map(async (runId) => {
      const { status = 'NOT STARTED', error } = (await workflow.describe(runId)) ?? {};
      return { runId, status, ...(error ? { error } : {}) };
    }),
  );
}

const became = (runs: readonly DayRun[]): string[] => [
  ...table([['run', 'status'], ...runs.map(({ runId, status }) => [runId, status])]),
  ...runs.flatMap(({ runId, error }) => (error ? [`${runId}: ${error}`] : [])),
];
