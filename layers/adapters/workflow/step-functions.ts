import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  paginateListExecutions,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { JsonObject } from '#domain/core/json-value-types.ts';
import type { RunStatus, Workflow, WorkflowRun } from '#ports/workflow.ts';

interface Options {
  /** ARN of a standard state machine. Step Functions stores the runs of standard state machines only, for 90 days. */
  readonly stateMachineArn: string;
  /** Address of an emulator. @default - AWS */
  readonly endpoint?: string;
}

/** Returns a workflow in AWS Step Functions. A run's id is the name of its execution. */
export function stepFunctions({ stateMachineArn, endpoint }: Options): Workflow {
  const client = new SFNClient(endpoint ? { endpoint } : {});
  const executions = stateMachineArn.replace(':stateMachine:', ':execution:');
  const describe = async (runId: string): Promise<WorkflowRun | undefined> => {
    try {
      return runOf(await client.send(new DescribeExecutionCommand({ executionArn: `${executions}:${runId}` })));
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  };
  return {
    start: async (runId, input) => {
      const text = JSON.stringify({ ...input, runId });
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name: runId, input: text }));
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
      return runId;
    },
    describe,
    list: async (limit) => {
      const names = await newest(client, stateMachineArn, limit);
      const runs = await Promise.all(names.map(describe));
      return runs.filter((run) => run !== undefined);
    },
    [Symbol.asyncDispose]: async () => client.destroy(),
  };
}

async function newest(client: SFNClient, stateMachineArn: string, limit: number): Promise<string[]> {
  const names: string[] = [];
  for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn })) {
    names.push(...executions.map(({ name }) => name as string));
    if (names.length >= limit) break;
  }
  return names.slice(0, limit);
}

/** Status of an execution that waits to be redriven. */
const PENDING = 'PENDING_REDRIVE';

function runOf({ name, status, startDate, stopDate, error, cause, ...texts }: DescribeExecutionOutput): WorkflowRun {
  // Removes the run's id, which `start` adds to the input.
  const { runId: _, ...input } = JSON.parse(texts.input ?? '{}') as JsonObject;
  return {
    runId: name as string,
    status: status === PENDING ? 'RUNNING' : (status as RunStatus),
    startedAt: (startDate as Date).getTime(),
    ...(stopDate ? { endedAt: stopDate.getTime() } : {}),
    input,
    ...(texts.output ? { output: JSON.parse(texts.output) as JsonObject } : {}),
    ...(error || cause ? { error: [error, cause].filter(Boolean).join(': ') } : {}),
  };
}
