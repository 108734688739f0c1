import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { stepFunctions } from '#adapters/workflow/step-functions.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { planRuns } from '../../../functions/orchestration/plan-runs/plan-runs.ts';
import { awsRequest, regionOf } from '../../aws/explain-aws-errors.ts';
import { stacksOf } from '../../aws/read-deployed-stacks-templates-and-resources.ts';
import { physicalName } from '../../aws/stack-and-resource-names.ts';
import { table } from '../../console/format-values-and-tables.ts';
import { INTERRUPTED, untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';

export interface AwsBackfillOptions {
  /** First day, YYYY-MM-DD, UTC. */
  readonly from: string;
  /** Last day, inclusive, YYYY-MM-DD, UTC. */
  readonly to: string;
  readonly seed: number;
  readonly leaveOneOut?: boolean;
  /**
   * Name of the Step Functions execution. The run of each day has the id `<day>-<name>`.
   *
   * @default - `by-hand-` and the current time
   */
  readonly name?: string;
  /** Wait until all days have ended, or until one has failed. */
  readonly wait?: boolean;
  readonly json?: boolean;
}

const STACK = 'Orchestration';
/** Milliseconds between two polls. */
const POLL_MS = 2_000;

class PipelineNotDeployed extends BrickError {
  override readonly code = 'BRICK_NO_BACKFILL';
  constructor(region: string) {
    super({
      what: 'the backfill cannot start',
      why: `the stack ${STACK} is not deployed in ${region}`,
      fix: `Deploy the stack with \`agentbricks deploy ${STACK}\`, or choose another region with AWS_REGION`,
    });
  }
}

interface Backfill {
  readonly name: string;
  readonly executionArn: string;
  readonly pipelineArn: string;
  readonly runIds: readonly string[];
}

/**
 * Runs the deployed pipeline for each day of a range, one day after the other. Each run uses the data that existed at
 * the end of its day.
 *
 * @returns 1 if it waited and a day failed @throws BadRange, PipelineNotDeployed, AwsRequestFailed
 */
export async function awsBackfill(options: AwsBackfillOptions, terminal: Terminal): Promise<number> {
  const client = new SFNClient({});
  const backfill = await started(options, client);
  if (options.wait) return waitFor(backfill, client, options.json === true, terminal);
  const { executionArn, runIds } = backfill;
  if (options.json) terminal.out(JSON.stringify({ executionArn, runIds }));
  else for (const line of startedLines(backfill)) terminal.out(line);
  return 0;
}

async function started(options: AwsBackfillOptions, client: SFNClient): Promise<Backfill> {
  const { from, to, seed, leaveOneOut = false, name = executionName(Date.now()) } = options;
  const range = { from, to, seed, leaveOneOut };
  const runIds = planRuns(range, name, Date.now()).map(({ runId }) => runId);
  const machines = await stateMachines(client);
  const input = { stateMachineArn: machines.backfill, name, input: JSON.stringify(range) };
  const start = client.send(new StartExecutionCommand(input));
  const { executionArn = '' } = await awsRequest(`Step Functions did not start the backfill ${name}`, start);
  return { name, executionArn, pipelineArn: machines.pipeline, runIds };
}

/** Returns a unique name that consists of characters that Step Functions accepts. */
const executionName = (now: number): string => `by-hand-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`;

async function stateMachines(client: SFNClient): Promise<Readonly<Record<'backfill' | 'pipeline', string>>> {
  const region = await regionOf(client);
  const { deployed, resources } = stacksOf();
  const isDeployed = (await deployed([STACK])).length > 0;
  const found = isDeployed ? await resources(STACK) : new Map<string, string>();
  const [backfill, pipeline] = [physicalName(found, 'Backfill'), physicalName(found, 'Pipeline')];
  if (!backfill || !pipeline) throw new PipelineNotDeployed(region);
  return { backfill, pipeline };
}

function startedLines({ name, runIds }: Backfill): string[] {
  const days = runIds.length === 1 ? 'one day' : `${runIds.length} days, one after the other`;
  return [
    `The backfill ${name} runs the pipeline for ${days}:`,
    `  ${runIds.length === 1 ? runIds[0] : `${runIds[0]} to ${runIds.at(-1)}`}`,
    'It stops at a day that fails. See its progress in the Step Functions console, or wait for its end with --wait.',
  ];
}

const waitFor = (
  { name, executionArn, pipelineArn, runIds }: Backfill,
  client: SFNClient,
  json: boolean,
  terminal: Terminal,
): Promise<number> =>
  untilInterrupted(terminal, async (signal) => {
    const status = await finalStatus(client, executionArn, signal, terminal);
    if (status === 'RUNNING') {
      terminal.say(`Stopped waiting. The backfill ${name} continues.`);
      return INTERRUPTED;
    }
    const runs = await runsOf(pipelineArn, runIds);
    if (json) terminal.out(JSON.stringify({ executionArn, status, runs }));
    else for (const line of runLines(runs)) terminal.out(line);
    return status === 'SUCCEEDED' ? 0 : 1;
  });

/** Polls an execution until it ends. @returns its status, which is RUNNING if the wait was interrupted */
async function finalStatus(client: SFNClient, executionArn: string, signal: AbortSignal, terminal: Terminal) {
  for (let elapsed = 0; ; elapsed += POLL_MS) {
    const request = client.send(new DescribeExecutionCommand({ executionArn }));
    const { status } = await awsRequest('Step Functions did not return the status of the backfill', request);
    if (status !== 'RUNNING' || signal.aborted) return status;
    terminal.progress(`  running for ${elapsed / 1_000} s`);
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
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

const runLines = (runs: readonly DayRun[]): string[] => [
  ...table([['run', 'status'], ...runs.map(({ runId, status }) => [runId, status])]),
  ...runs.flatMap(({ runId, error }) => (error ? [`${runId}: ${error}`] : [])),
];
