import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { KafkaDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { deadLetterOf, groupOf } from '#domain/topics.ts';
import type { Brick, On, TriggerName } from '../../functions/triggers.ts';
import { triggers } from '../../functions/triggers.ts';
import type { Profile } from '../profiles.ts';
import { Shared } from '../shared.ts';
import { BrickFunction } from './brick-function.ts';
import { grantConsume } from './kafka-rights.ts';
import { grantNetwork } from './rights.ts';

export interface BrickStackProps extends StackProps {
  readonly profile: Profile;
}

type Of<Kind extends On['kind']> = Extract<On, { kind: Kind }>;

/** A brick in the cloud: its functions, each invoked as functions/triggers.ts says. */
export class BrickStack extends Stack {
  readonly profile: Profile;
  readonly shared: Shared;
  readonly functions: ReadonlyMap<TriggerName, BrickFunction>;
  private api?: HttpApi;

  constructor(scope: Construct, id: string, brick: Brick, { profile, ...props }: BrickStackProps) {
    super(scope, id, props);
    this.profile = profile;
    this.shared = new Shared(this, profile.zones);
    const names = (Object.keys(triggers) as TriggerName[]).filter((name) => triggers[name].brick === brick);
    this.functions = new Map(names.map((name) => [name, this.invoked(name)]));
  }

  private invoked(name: TriggerName): BrickFunction {
    const target = new BrickFunction(this, name, this);
    const { on, uses } = target.trigger;
    if (uses.api) this.callApis(target);
    if (on.kind === 'route') this.route(name, target, on);
    if (on.kind === 'topic') for (const topic of on.topics) this.consume(target, topic, on);
    if (on.kind === 'schedule') this.schedule(name, target, on);
    // By its name the state machine, in a stack of its own, finds it.
    if (on.kind === 'state') {
      new StringParameter(this, `${name}-arn`, {
        parameterName: functionParameter(name),
        stringValue: target.functionArn,
      });
    }
    return target;
  }

  private route(name: string, target: BrickFunction, { method, path }: Of<'route'>): void {
    this.api ??= this.httpApi();
    this.api.addRoutes({
      path,
      methods: [HttpMethod[method]],
      integration: new HttpLambdaIntegration(`${name}Integration`, target),
    });
  }

  private httpApi(): HttpApi {
    const api = new HttpApi(this, 'Api', { createDefaultStage: false });
    const { throttle, logRetention, removal } = this.profile;
    const logs = new LogGroup(this, 'ApiLogs', { retention: logRetention, removalPolicy: removal });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttle.rate, burstLimit: throttle.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(logs) },
    });
    new StringParameter(this, 'ApiUrl', { parameterName: apiParameter(this.stackName), stringValue: api.apiEndpoint });
    return api;
  }

  private callApis(target: BrickFunction): void {
    const url = (stack: string) => StringParameter.valueForStringParameter(this, apiParameter(stack));
    target.addEnvironment('COLLECT_URL', url('DataCollection'));
    target.addEnvironment('RECOMMEND_URL', url('Recommendation'));
  }

  private consume(target: BrickFunction, topic: string, on: Of<'topic'>): void {
    const group = groupOf(on.group, topic);
    grantConsume(target, this.shared, { topic, group });
    grantNetwork(target);
    target.addEventSourceMapping(topic, {
      eventSourceArn: this.shared.clusterArn,
      kafkaTopic: topic,
      kafkaConsumerGroupId: group,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: on.batchSize,
      ...(on.batchingWindowSeconds ? { maxBatchingWindow: Duration.seconds(on.batchingWindowSeconds) } : {}),
      retryAttempts: on.maxAttempts - 1,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      onFailure: new KafkaDlq(deadLetterOf(topic)),
      provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 2 },
    });
  }

  private schedule(name: string, target: BrickFunction, { everyMinutes }: Of<'schedule'>): void {
    new Schedule(this, `${name}Schedule`, {
      schedule: ScheduleExpression.rate(Duration.minutes(everyMinutes)),
      target: new LambdaInvoke(target),
    });
  }
}

/** SSM parameter that holds the base URL of a stack's API. */
export const apiParameter = (stack: string): string => `/agentbricks/apis/${stack}`;

/** SSM parameter that holds a state's function. */
export const functionParameter = (name: string): string => `/agentbricks/functions/${name}`;
