import { existsSync, readFileSync } from 'node:fs';
import { App, Aspects, type IAspect } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { PARTITIONS, TOPICS } from '#domain/events/event-log-topics.ts';
import { agentBricks } from '../../lib/agentbricks-app.ts';
import { type ProfileName, profileNamed } from '../../lib/deployment-profiles.ts';
import { EmulationAspect } from '../../localstack/emulated/cdk/adapt-app-to-emulator.ts';
import { STUBS } from '../../localstack/emulated/cdk/resource-stubs.ts';
import type { Resource } from './synthesise-app.ts';

const PLACEHOLDER_TYPE = 'AWS::CloudFormation::WaitConditionHandle';
const SERVICES = {
  brokers: '127.0.0.1:1',
  cacheUrl: 'redis://127.0.0.1:2',
  apiUrl: 'http://127.0.0.1:3',
  trainerQueue: 'http://127.0.0.1:4/queue',
};

const real = synthesised('learner');
const company = synthesised('production');
const ofType = (type: string): Resource[] => real.filter(([, { Type }]) => Type === type).map(([, found]) => found);

function synthesised(profile: ProfileName, aspect?: IAspect) {
  const app = new App({ context: { profile, 'aws:cdk:bundling-stacks': [] } });
  agentBricks(app);
  if (aspect) Aspects.of(app).add(aspect);
  return app.synth().stacks.flatMap(({ template }) => Object.entries(template.Resources as Record<string, Resource>));
}

describe('docs/emulation.md', () => {
  const page = readFileSync('docs/emulation.md', 'utf8');

  it('lists every stub, its replacement and the test that covers the resource', () => {
    const rows = [...page.matchAll(/^\| `((?:AWS|Custom)::[\w:]+)` \| (.+) \| `([\w/.-]+)` \|$/gm)];
    const told = rows.map(([, type, instead, coveredBy]) => ({ type, instead, coveredBy }));
    expect(told).toEqual(STUBS.map(({ type, instead, coveredBy }) => ({ type, instead, coveredBy })));
  });

  it.each(STUBS)('$type appears in the test that covers it', ({ type, coveredBy }) => {
    expect(readFileSync(coveredBy, 'utf8')).toContain(`'${type}'`);
  });

  it('has no stub for unused resource types', () => {
    const types = [...real, ...company].map(([, { Type }]) => Type);
    expect(STUBS.map(({ type }) => type).filter((type) => !types.includes(type))).toEqual([]);
  });

  it('names only existing tests', () => {
    const named = [...page.matchAll(/`(test\/[\w/.-]+)`/g)].map(([, path]) => path as string);
    expect(named.length).toBeGreaterThan(STUBS.length);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe('the emulation', () => {
  const resources = synthesised('learner', new EmulationAspect(SERVICES));

  const production = synthesised('production', new EmulationAspect(SERVICES));

  it('leaves no resource that the emulator rejects', () => {
    const always = STUBS.filter(({ when }) => !when).map(({ type }) => type);
    expect([...resources, ...production].filter(([, { Type }]) => always.includes(Type))).toEqual([]);
    expect(resources.filter(([, { Type }]) => Type === PLACEHOLDER_TYPE).length).toBeGreaterThan(TOPICS.length);
  });

  it('makes functions with ElastiCache use the local Redis', () => {
    const told = JSON.stringify(production);
    expect(told).not.toContain('"CACHE":"elasticache"');
    expect(told).toContain('"CACHE":"redis"');
    expect(told).toContain(`"REDIS_URL":"${SERVICES.cacheUrl}"`);
    expect(JSON.stringify(company)).toContain('"CACHE":"elasticache"');
  });

  it('applies only to the emulated app', () => {
    expect(ofType(PLACEHOLDER_TYPE)).toEqual([]);
    expect(JSON.stringify(real)).not.toContain('waitForTaskToken');
  });

  it('replaces attributes by values', () => {
    const values = resources.map(([, { Properties }]) => Properties?.Value);
    expect(values).toContain(SERVICES.brokers);
    expect(JSON.stringify(resources)).not.toContain('BootstrapBrokerStringSaslIam"');
  });

  it('sends a job to a worker instead of Batch, with its parameters and a task token', () => {
    const text = JSON.stringify(resources.filter(([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine'));
    expect(text).not.toContain('batch:submitJob');
    expect(text).toContain('sqs:sendMessage.waitForTaskToken');
    expect(text).toContain('$$.Task.Token');
    expect(text).toContain(SERVICES.trainerQueue);
    expect(text).toContain('leaveOneOut.$');
    // The parameter with the command and environment of the job's container has the job definition's name.
    const told = resources.filter(([, { Properties }]) =>
      String(Properties?.Name).startsWith('/agentbricks/emulated/'),
    );
    const [{ Properties: { Name = '' } = {} } = {}] = told.map(([, found]) => found);
    expect(JSON.stringify(resources)).toContain(`:job-definition/${String(Name).split('/').at(-1)}"`);
    expect(JSON.stringify(told)).toContain('Ref::runId');
  });
});

/** Properties of the resources that only AWS can run. */
describe('a stubbed resource', () => {
  it('Kafka accepts only clients with IAM and TLS', () => {
    expect(ofType('AWS::MSK::Cluster').map(({ Properties }) => Properties)).toMatchObject([
      {
        ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
        EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
      },
    ]);
  });

  it('Kafka creates only our topics, each with one replica per zone', () => {
    const { zones } = profileNamed('learner');
    const settings = ofType('AWS::MSK::Configuration').map(({ Properties }) => JSON.stringify(Properties));
    expect(settings.join()).toContain('auto.create.topics.enable=false');
    const topics = ofType('AWS::MSK::Topic').map(({ Properties }) => Properties);
    expect(topics.map(({ TopicName }) => TopicName)).toEqual([...TOPICS]);
    for (const topic of topics) expect(topic).toMatchObject({ PartitionCount: PARTITIONS, ReplicationFactor: zones });
  });

  it('the custom resource gets the broker addresses for IAM', () => {
    expect(JSON.stringify(ofType('Custom::AWS'))).toContain('getBootstrapBrokers');
  });

  it('the trainer’s job has the command and variables that the trainer expects', () => {
    const containers = ofType('AWS::Batch::JobDefinition').map(({ Properties }) => JSON.stringify(Properties));
    const trainer = containers.find((container) => container.includes('"job"')) ?? '';
    for (const name of ['LAKE_BUCKET', 'MODELS_BUCKET', 'REGISTRY_TABLE']) expect(trainer).toContain(name);
    for (const option of ['--run-id', 'Ref::runId', '--seed', 'Ref::seed']) expect(trainer).toContain(option);
    expect(ofType('AWS::Batch::JobQueue')).toHaveLength(containers.length);
    for (const { Properties } of ofType('AWS::Batch::ComputeEnvironment')) {
      expect(Properties).toMatchObject({ ComputeResources: { MaxvCpus: profileNamed('learner').training.vcpus } });
    }
  });

  it('the network accepts traffic only between its members, and logs it', () => {
    for (const { Properties } of ofType('AWS::EC2::SecurityGroupIngress')) {
      expect(Properties.CidrIp).toBeUndefined();
      expect(Properties.SourceSecurityGroupId).toBeDefined();
    }
    for (const type of ['AWS::EC2::FlowLog', 'Custom::VpcRestrictDefaultSG']) expect(ofType(type)).toHaveLength(1);
  });

  it('each bucket is emptied when its stack is deleted', () => {
    const buckets = real.filter(([, { Type }]) => Type === 'AWS::S3::Bucket');
    expect(ofType('Custom::S3AutoDeleteObjects')).toHaveLength(buckets.length);
  });

  it('the cache is inside the network', () => {
    const found = company.filter(([, { Type }]) => Type === 'AWS::ElastiCache::ServerlessCache');
    expect(found.map(([, { Properties }]) => Properties)).toMatchObject([
      { Engine: 'valkey', SubnetIds: expect.any(Array), SecurityGroupIds: expect.any(Array) },
    ]);
  });
});
