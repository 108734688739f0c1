import { Names, Stack, Token } from 'aws-cdk-lib';
import type { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/**
 * Returns the name of the SSM parameter with the command and environment of a job definition's container. The parameter
 * exists only in the emulation.
 *
 * @param arn name or ARN of the job definition's stub
 */
export const jobParameter = (arn: string): string => `/agentbricks/emulated/${arn.split('/').at(-1)}`;
/** Returns the name in the ARN of a job definition's stub. */
export const jobName = (definition: Construct): string => Names.uniqueId(definition);

const SUBMIT = 'arn:aws:states:::batch:submitJob.sync';
const ASK = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';

interface State {
  Resource?: string;
  Parameters?: unknown;
}

/** Publishes the command and environment of a job's container to the worker, as an SSM parameter. */
export function publishJob(definition: CfnJobDefinition): void {
  const stack = Stack.of(definition);
  const { command, environment } = stack.resolve(definition.containerProperties);
  const stringValue = stack.toJsonString({ command, environment });
  new StringParameter(stack, `Emulated${jobName(definition)}`, {
    parameterName: jobParameter(jobName(definition)),
    stringValue,
  });
}

/** Replaces states that submit a Batch job: they put the job and a task token into a queue, and wait for the worker. */
export function submitToWorker(machine: CfnStateMachine, queueUrl: string): void {
  const stack = Stack.of(machine);
  const definition = JSON.parse(textOf(stack.resolve(machine.definitionString))) as { States?: Record<string, State> };
  const training = Object.values(definition.States ?? {}).filter(({ Resource }) => Resource === SUBMIT);
  if (training.length === 0) return;
  for (const state of training) {
    const body = { 'token.$': '$$.Task.Token', job: state.Parameters };
    state.Resource = ASK;
    state.Parameters = { QueueUrl: queueUrl, MessageBody: body };
  }
  machine.definitionString = JSON.stringify(definition);
}

type Joined = string | { readonly 'Fn::Join': readonly [string, readonly unknown[]] };

/** Returns a string that CloudFormation joins, with a CDK token for each part that has a value only at deployment. */
const textOf = (text: Joined): string =>
  typeof text === 'string'
    ? text
    : text['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : Token.asString(part))).join('');
