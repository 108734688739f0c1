import { Duration } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  DefinitionBody,
  DistributedMap,
  JsonPath,
  LogLevel,
  StateMachine,
  StateMachineType,
  TaskInput,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';

const SHARDS_AT_ONCE = 50;
const TIMEOUT = Duration.minutes(50);

/**
 * 00: one hour of the universe, its agents in shards. Input: `{ "shards": [ShardHour, …] }` (functions/universe/live-shard);
 * shards share nothing, so their number is a matter of size alone.
 */
export class UniverseStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'universe', props);
    const target = this.functions.get('live-shard');
    if (!target) throw new Error('functions/triggers.ts has no live-shard');
    const shards = new DistributedMap(this, 'Shards', {
      itemsPath: JsonPath.stringAt('$.shards'),
      maxConcurrency: SHARDS_AT_ONCE,
      mapExecutionType: StateMachineType.STANDARD,
    }).itemProcessor(
      new LambdaInvoke(this, 'LiveShardTask', {
        stateName: 'LiveShard',
        lambdaFunction: target,
        payload: TaskInput.fromJsonPathAt('$'),
        payloadResponseOnly: true,
      }),
    );
    new StateMachine(this, 'Hour', {
      definitionBody: DefinitionBody.fromChainable(shards),
      timeout: TIMEOUT,
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        destination: new LogGroup(this, 'HourLogs', {
          retention: props.profile.logRetention,
          removalPolicy: props.profile.removal,
        }),
      },
    });
  }
}
