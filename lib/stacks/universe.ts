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
import type { TriggerName } from '../../functions/triggers.ts';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';

const TIMEOUT = Duration.minutes(50);

/**
 * Brick 00: the universe, as two state machines that run one function per shard of agents. Shards share no state, so
 * more agents need only more shards.
 *
 * The machine Hour simulates one hour against the service. Its input is `{ "shards": [ShardHour, …] }`
 * (functions/universe/live-shard).
 *
 * The machine Generate writes simulated days into the lake without the recommendation service. Its input is
 * `{ "shards": [Shard, …] }` (functions/universe/generate-shard).
 */
export class UniverseStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'universe', props);
    this.overShards('Hour', 'live-shard', 'LiveShard');
    this.overShards('Generate', 'generate-shard', 'GenerateShard');
  }

  /** Creates a state machine that runs a function once per shard. */
  private overShards(id: string, name: TriggerName, stateName: string): void {
    const target = this.functions.get(name);
    if (!target) throw new Error(`functions/triggers.ts has no function ${name}`);
    const shards = new DistributedMap(this, `${id}Shards`, {
      itemsPath: JsonPath.stringAt('$.shards'),
      maxConcurrency: this.profile.shardsAtOnce,
      mapExecutionType: StateMachineType.STANDARD,
    }).itemProcessor(
      new LambdaInvoke(this, `${stateName}Task`, {
        stateName,
        lambdaFunction: target,
        payload: TaskInput.fromJsonPathAt('$'),
        payloadResponseOnly: true,
      }),
    );
    const { logRetention: retention, removal: removalPolicy } = this.profile;
    new StateMachine(this, id, {
      definitionBody: DefinitionBody.fromChainable(shards),
      timeout: TIMEOUT,
      tracingEnabled: true,
      logs: { level: LogLevel.ALL, destination: new LogGroup(this, `${id}Logs`, { retention, removalPolicy }) },
    });
  }
}
