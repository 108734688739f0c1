import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { readConfig } from '#adapters/composition/read-config.ts';
import {
  backfillDefinition,
  pipelineDefinition,
} from '../../functions/orchestration/read-state-machines-and-substitute-names.ts';
import { type Brick, type On, type Trigger, type TriggerName, triggers } from '../../functions/triggers.ts';
import { profileNamed } from '../../lib/deployment-profiles.ts';
import { resourcesOf, synthesise } from './synthesise-app.ts';

const STATE_MACHINE = 'AWS::StepFunctions::StateMachine';
const templates = synthesise('learner');
const all = Object.entries(triggers) as [TriggerName, Trigger][];
const STACK_OF: Record<Brick, string> = {
  universe: 'Universe',
  'data-collection': 'DataCollection',
  'feature-engineering': 'FeatureEngineering',
  'model-training': 'ModelTraining',
  recommendation: 'Recommendation',
  monitoring: 'Monitoring',
  orchestration: 'Orchestration',
  // Each stack with an API has an authorizer.
  access: 'DataCollection',
};
const templateOf = ({ brick }: Trigger) => templates.get(STACK_OF[brick]) as Template;
const pascal = (name: string) => name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());
const logicalId = (template: Template, name: string, type: string) =>
  Object.keys(template.findResources(type)).find((id) => new RegExp(`^${pascal(name)}[0-9A-F]{8}$`).test(id));

describe('the stacks', () => {
  it('are one per brick, and the Foundation', () => {
    expect([...templates.keys()].sort()).toEqual([...new Set(Object.values(STACK_OF)), 'Foundation'].sort());
  });

  it('import nothing from one another, so that each can be updated or removed alone', () => {
    for (const template of templates.values()) {
      expect(JSON.stringify(template.toJSON())).not.toContain('Fn::ImportValue');
      expect(template.toJSON().Outputs ?? {}).toEqual({});
    }
  });

  it('accept only known profiles', () => {
    expect(() => profileNamed('huge')).toThrow('use one of learner, production');
    expect(profileNamed('production').deletionProtection).toBe(true);
  });
});

/** Variables that CDK sets. */
const NOT_OURS = ['AWS_NODEJS_CONNECTION_REUSE_ENABLED'];
/** Returns a sample value for a variable whose value is known only after deployment. */
const deployed = (name: string) => (name === 'KAFKA_BROKERS' ? 'b-1.example:9098' : 'https://deployed.example');

const settingsIn = (variables: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables)
      .filter(([name]) => !NOT_OURS.includes(name))
      .map(([name, value]) => [name, typeof value === 'string' ? value : deployed(name)]),
  );

describe.each(all)('the function %s', (name, trigger) => {
  const template = templateOf(trigger);

  const id = logicalId(template, name, 'AWS::Lambda::Function') ?? '';
  const properties = template.findResources('AWS::Lambda::Function')[id]?.Properties;

  it('has the memory, timeout and tracing of functions/triggers.ts', () => {
    expect(properties).toMatchObject({
      MemorySize: trigger.memoryMb,
      Timeout: trigger.timeoutSeconds,
      TracingConfig: { Mode: 'Active' },
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
    });
  });

  it('has only variables that config.ts knows', () => {
    const told = settingsIn(properties?.Environment.Variables);
    // `readConfig` omits unknown variables.
    expect(Object.keys(readConfig({ AWS_REGION: 'set-by-lambda', ...told }))).toEqual(
      expect.arrayContaining(Object.keys(told)),
    );
  });

  it('is invoked as functions/triggers.ts says', () => expectInvoked(template, name, trigger.on));
});

const HOUR_MINUTES = 60;
/** Returns a rate in the notation of EventBridge Scheduler. */
const rateOf = (minutes: number): string => {
  const [count, unit] = minutes % HOUR_MINUTES === 0 ? [minutes / HOUR_MINUTES, 'hour'] : [minutes, 'minute'];
  return `rate(${count} ${unit}${count === 1 ? '' : 's'})`;
};

function expectInvoked(template: Template, name: TriggerName, on: On): void {
  const arn = { 'Fn::GetAtt': [logicalId(template, name, 'AWS::Lambda::Function'), 'Arn'] };
  if (on.kind === 'route') {
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: `${on.method} ${on.path}` });
  }
  if (on.kind === 'schedule') {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: rateOf(on.everyMinutes),
      State: 'ENABLED',
      Target: Match.objectLike({ Arn: arn }),
    });
  }
  if (on.kind === 'topic') {
    for (const topic of on.topics) {
      template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
        Topics: [topic],
        BatchSize: on.batchSize,
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: `${on.group}.${topic}` },
        // Lambda's default: retries without a limit. An outage of the lake must not send events to the dead letters.
        MaximumRetryAttempts: Match.absent(),
        MaximumRecordAgeInSeconds: Match.absent(),
        BisectBatchOnFunctionError: Match.absent(),
        FunctionResponseTypes: Match.absent(),
        DestinationConfig: Match.absent(),
      });
    }
  }
  if (on.kind === 'state') {
    template.hasResourceProperties('AWS::SSM::Parameter', { Name: `/agentbricks/functions/${name}`, Value: arn });
  }
}

describe.each([
  ['Pipeline', pipelineDefinition()],
  ['Backfill', backfillDefinition()],
])('the state machine %s', (name, definition) => {
  const machines = Object.entries((templates.get('Orchestration') as Template).findResources(STATE_MACHINE));
  const { DefinitionString, DefinitionSubstitutions } =
    machines.find(([id]) => id.startsWith(name))?.[1].Properties ?? {};

  it('is the definition of functions/orchestration, which the embedded runtime interprets', () => {
    expect(JSON.parse(DefinitionString)).toEqual(definition);
  });

  it('has a value for every name in it, and for no other', () => {
    const names = [...JSON.stringify(definition).matchAll(/\$\{(\w+)\}/g)].map(([, found]) => found);
    expect(Object.keys(DefinitionSubstitutions).sort()).toEqual([...new Set(names)].sort());
  });
});

describe('stored data', () => {
  const resources = resourcesOf(templates);
  const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);

  it.each(ofType('AWS::S3::Bucket'))('%s is encrypted and not public', (_, { Properties }) => {
    expect(Properties).toMatchObject({
      BucketEncryption: expect.anything(),
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it.each(ofType('AWS::DynamoDB::Table'))('%s is encrypted', (_, { Properties }) => {
    expect(Properties).toMatchObject({ SSESpecification: { SSEEnabled: true } });
  });

  it('has no log group without retention', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(all.length);
    expect(groups.filter(([, { Properties }]) => !Properties.RetentionInDays)).toEqual([]);
  });
});
