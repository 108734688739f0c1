import { App, Stack } from 'aws-cdk-lib';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export interface StackSettings {
  readonly stackName: string;
  /** The state machine of the backfill, as JSON. */
  readonly definition: string;
  readonly time: { readonly hour: number; readonly minute: number };
}

/** Returns a stack with the backfill and the learner's construct. A check synthesises it in the confined process. */
export function build(
  nightly: ((backfill: StateMachine, time: StackSettings['time']) => unknown) | undefined,
  { stackName, definition, time }: StackSettings,
): Stack {
  const app = new App({ analyticsReporting: false, treeMetadata: false });
  const stack = new Stack(app, stackName);
  const backfill = new StateMachine(stack, 'Backfill', { definitionBody: DefinitionBody.fromString(definition) });
  nightly?.(backfill, time);
  return stack;
}
