import { join } from 'node:path';
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { groupOf } from '#domain/events/event-log-topics.ts';
import type { Brick, On, TriggerName } from '../../functions/triggers.ts';
import { triggers } from '../../functions/triggers.ts';
import type { Profile } from '../deployment-profiles.ts';
import { encryptWith } from '../encryption-key.ts';
import { apiParameter, Shared } from '../shared-parameters.ts';
import type { Api } from './api/brick-api-types.ts';
import { createApi } from './api/choose-api-kind.ts';
import type { BatchJob } from './compute/batch-job.ts';
import { BrickFunction } from './compute/brick-function.ts';
import { publishGradually } from './compute/canary-rollout-and-provisioned-concurrency.ts';
import { grantNetwork } from './compute/grant-function-permissions.ts';
import type { RouteTarget } from './compute/route-target-types.ts';
import { grantConsume } from './data/kafka-permissions.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface BrickStackProps extends StackProps {
  readonly profile: Profile;
}

/** Name of the poller group that all event sources share. Pollers are billed by unit and hour. */
const POLLERS = 'agentbricks';

type Of<Kind extends On['kind']> = Extract<On, { kind: Kind }>;

/** The stack of one brick: its functions, each with its trigger from functions/triggers.ts. */
export class BrickStack extends Stack {
  readonly profile: Profile;
  readonly shared: Shared;
  /** Folder with `workspace/seams.json`. The context value `workspace` is for tests. */
  readonly root: string;
  readonly functions: ReadonlyMap<TriggerName, BrickFunction>;
  private api?: Api;

  constructor(scope: Construct, id: string, brick: Brick, { profile, ...props }: BrickStackProps) {
    super(scope, id, { terminationProtection: profile.deletionProtection, ...props });
    this.profile = profile;
    this.root = String(this.node.tryGetContext('workspace') ?? ROOT);
    this.shared = new Shared(this, profile);
    if (this.shared.keyArn) encryptWith(this, { keyArn: this.shared.keyArn });
    const names = (Object.keys(triggers) as TriggerName[]).filter((name) => triggers[name].brick === brick);
    this.functions = new Map(names.map((name) => [name, this.createFunction(name)]));
  }

  private createFunction(name: TriggerName): BrickFunction {
    const target = new BrickFunction(this, name, { shared: this.shared, profile: this.profile, workspace: this.root });
    const { on, uses } = target.trigger;
    if (uses.api) this.callApis(target);
    if (on.kind === 'route') this.route(name, target, on);
    if (on.kind === 'topic') for (const topic of on.topics) this.consume(target, topic, on);
    if (on.kind === 'schedule') this.schedule(name, target, on);
    // The state machine is in another stack and looks the function up by this parameter.
    if (on.kind === 'state') {
      new StringParameter(this, `${name}-arn`, {
        parameterName: functionParameter(name),
        stringValue: target.functionArn,
      });
    }
    return target;
  }

  private route(name: TriggerName, target: BrickFunction, on: Of<'route'>): void {
    this.api ??= this.createApi();
    this.api.route(name, on, this.serving(name, target));
  }

  /** Returns the target of a route. */
  protected serving(name: TriggerName, target: BrickFunction): RouteTarget {
    return { function: publishGradually(this, name, target, this.profile) };
  }

  private createApi(): Api {
    const { auth } = this.profile.api;
    const authorizer = auth === 'iam' ? undefined : new BrickFunction(this, 'authorize', this);
    const api = createApi(this, { profile: this.profile, shared: this.shared, authorizer });
    for (const what of ['url', 'arn'] as const) {
      new StringParameter(this, `Api-${what}`, {
        parameterName: apiParameter(this.stackName, what),
        stringValue: api[what],
      });
    }
    return api;
  }

  private callApis(target: BrickFunction): void {
    target.addEnvironment('COLLECT_URL', this.shared.apiUrl('DataCollection'));
    target.addEnvironment('RECOMMEND_URL', this.shared.apiUrl('Recommendation'));
  }

  private consume(target: BrickFunction, topic: string, on: Of<'topic'>): void {
    const group = groupOf(on.group, topic);
    grantConsume(target, this.shared, { topic, group });
    grantNetwork(target);
    const { pollers } = this.profile;
    // Retries have no limit and batches fail as a whole: the handler sends poison to the dead letters itself, and every
    // other error is a fault of the environment, for which no record may be lost.
    target.addEventSourceMapping(topic, {
      eventSourceArn: this.shared.clusterArn,
      kafkaTopic: topic,
      kafkaConsumerGroupId: group,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: on.batchSize,
      ...(on.batchingWindowSeconds ? { maxBatchingWindow: Duration.seconds(on.batchingWindowSeconds) } : {}),
      provisionedPollerConfig: { minimumPollers: pollers.min, maximumPollers: pollers.max, pollerGroupName: POLLERS },
    });
  }

  /** Publishes the job's queue and definition; the state machine looks them up. */
  protected shareJob(name: JobName, { queueArn, jobArn }: BatchJob): void {
    const parameters = jobParameters(name);
    new StringParameter(this, `${name}-queue`, { parameterName: parameters.queue, stringValue: queueArn });
    new StringParameter(this, `${name}-job`, { parameterName: parameters.job, stringValue: jobArn });
  }

  private schedule(name: string, target: BrickFunction, { everyMinutes }: Of<'schedule'>): void {
    new Schedule(this, `${name}Schedule`, {
      schedule: ScheduleExpression.rate(Duration.minutes(everyMinutes)),
      target: new LambdaInvoke(target),
    });
  }
}

export type JobName = 'trainer' | 'features';
/** Returns the names of the SSM parameters for a container job. */
export const jobParameters = (name: JobName) =>
  ({ queue: `/agentbricks/${name}-queue`, job: `/agentbricks/${name}-job` }) as const;

/** Returns the name of the SSM parameter for a state's function. */
export const functionParameter = (name: string): string => `/agentbricks/functions/${name}`;
