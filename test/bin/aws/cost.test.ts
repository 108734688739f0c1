import { describe, expect, it } from 'vitest';
import { type Resource, templatesOf } from '../../../bin/aws/synthesise-templates.ts';
import { cost } from '../../../bin/commands/aws/estimate-cost.ts';
import { estimate } from '../../../bin/cost/estimate.ts';
import { INVOCATION_SECONDS, triggerOf } from '../../../bin/cost/estimate-function-invocations-and-durations.ts';
import { isKnown } from '../../../bin/cost/price-by-resource-type.ts';
import { PRICES } from '../../../bin/cost/prices.ts';
import { BYTES } from '../../../bin/cost/traffic-assumptions.ts';
import { triggers } from '../../../functions/triggers.ts';
import { screen } from '../../support/recording-terminal.ts';
import { agentbricks } from '../run-command.ts';

const learner = templatesOf('learner');
const profiles = [
  ['learner', learner],
  ['production', templatesOf('production')],
] as const;

/** Returns templates with one stack of these resources. */
const stackOf = (Resources: Record<string, Resource>) => new Map([['Stack', { Resources }]]);
const priced = (Resources: Record<string, Resource>, people = 10_000) =>
  estimate(stackOf(Resources), { people, profile: 'learner' });
const poller = (group?: string): Resource => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { ProvisionedPollerConfig: { MinimumPollers: 1, PollerGroupName: group } },
});
const CLUSTER: Resource = {
  Type: 'AWS::MSK::Cluster',
  Properties: {
    NumberOfBrokerNodes: 2,
    BrokerNodeGroupInfo: { InstanceType: 'kafka.t3.small', StorageInfo: { EBSStorageInfo: { VolumeSize: 20 } } },
  },
};

describe.each(profiles)('the cost of the %s profile', (profile, templates) => {
  it('knows the price of every resource type', () => {
    const types = [...templates.values()].flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));
    expect([...new Set(types)].filter((type) => !isKnown(type))).toEqual([]);
  });

  it('is the sum of its lines, each a quantity at a list price', () => {
    const { bricks, total } = estimate(templates, { people: 10_000, profile });
    const lines = bricks.flatMap((brick) => brick.lines);
    const sum = lines.reduce((all, { price, quantity }) => all + PRICES[price].usd * quantity, 0);
    expect(total.fixed + total.use).toBeCloseTo(sum, 6);
    expect(lines.every(({ driver, quantity }) => driver.length > 0 && Number.isFinite(quantity))).toBe(true);
    expect(bricks.map(({ brick }) => brick)).toEqual([...templates.keys()]);
  });

  it('grows with the traffic only for costs by use', () => {
    const { bricks } = estimate(templates, { people: 10_000, profile });
    const lines = bricks.flatMap((brick) => brick.lines);
    for (const line of lines.filter(({ kind }) => kind === 'fixed')) expect(line.atTenfold).toBe(line.monthly);
    expect(lines.filter((line) => line.kind === 'use' && line.atTenfold < line.monthly)).toEqual([]);
    expect(lines.filter((line) => line.atTenfold > line.monthly).length).toBeGreaterThan(10);
  });
});

describe('the cost', () => {
  it('rejects a resource type whose price is unknown', () => {
    expect(() => priced({ Dear: { Type: 'AWS::SageMaker::Endpoint' } })).toThrow(
      'the price of Stack/Dear, a AWS::SageMaker::Endpoint, is unknown',
    );
  });

  it('of two small brokers is 730 hours each and their disks', () => {
    const { total } = priced({ Cluster: CLUSTER });
    expect(total.fixed).toBeCloseTo(2 * 730 * 0.0456 + 2 * 20 * 0.1, 6);
    expect(total.use).toBe(0);
  });

  it('rejects a broker type whose price is unknown', () => {
    const other = { ...CLUSTER.Properties, BrokerNodeGroupInfo: { InstanceType: 'kafka.x9.huge' } };
    expect(() => priced({ Cluster: { ...CLUSTER, Properties: other } })).toThrow(
      'no price for a broker of type kafka.x9.huge',
    );
  });

  it('of pollers is one unit each, or one unit per group', () => {
    expect(priced({ A: poller(), B: poller() }).total.fixed).toBeCloseTo(2 * 730 * 0.185, 6);
    const stacks = new Map(['One', 'Two'].map((name) => [name, { Resources: { A: poller('all'), B: poller('all') } }]));
    const { total, bricks } = estimate(stacks, { people: 1, profile: 'learner' });
    expect(total.fixed).toBeCloseTo(730 * 0.185, 6);
    expect(bricks.map(({ fixed }) => fixed > 0)).toEqual([true, false]);
    expect(priced({ A: { Type: 'AWS::Lambda::EventSourceMapping', Properties: {} } }).total.fixed).toBe(0);
  });

  it('of provisioned concurrency is the mean of a day', () => {
    const turn = (hour: number, MinCapacity: number) => ({
      Schedule: `cron(0 ${hour} * * ? *)`,
      ScalableTargetAction: { MinCapacity },
    });
    const { total } = priced({
      Serve: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 1_024 } },
      Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Serve' } } },
      Warm: {
        Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
        Properties: {
          ScalableDimension: 'lambda:function:ProvisionedConcurrency',
          ResourceId: { 'Fn::Join': ['', ['function:', { Ref: 'Live' }]] },
          ScheduledActions: [turn(6, 20), turn(18, 4)],
        },
      },
    });
    expect(total.fixed).toBeCloseTo(12 * 730 * 3_600 * 0.0000033334, 6);
  });

  it('of the ids of accepted events includes every id of the first year, and one read and write per event', () => {
    const Properties = { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } };
    const { bricks } = priced({ StoresIdempotency12345678: { Type: 'AWS::DynamoDB::Table', Properties } });
    const quantityOf = (what: string) =>
      bricks[0]?.lines.find((line) => line.what === `idempotency: ${what}`)?.quantity ?? 0;
    const events = quantityOf('writes');
    expect(events).toBeGreaterThan(0);
    expect(quantityOf('reads')).toBe(events);
    expect(quantityOf('storage')).toBeCloseTo((12 * events * BYTES.idempotencyRow) / 1e9, 6);
    expect(quantityOf('recovery')).toBe(quantityOf('storage'));
  });

  it('of an API is ten times as high with ten times the users', () => {
    const { total } = priced({ Api: { Type: 'AWS::ApiGatewayV2::Api' } });
    expect(total.use).toBeGreaterThan(0);
    expect(total.atTenfold).toBeCloseTo(10 * total.use, 6);
  });

  it('lists the sizes that are too small for ten times the users', () => {
    const Stage = {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { DefaultRouteSettings: { ThrottlingRateLimit: 50 } },
    };
    const [throttle] = priced({ Stage }, 500_000).ceilings;
    expect(throttle).toMatchObject({ what: 'API throttle', has: 50 });
    expect(throttle?.needs).toBeLessThan(50);
    expect(throttle?.atTenfold).toBeGreaterThan(50);
  });

  it('estimates the duration of each function, and finds each in a template', () => {
    const ids = [...learner.values()].flatMap(({ Resources }) =>
      Object.entries(Resources)
        .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
        .map(([id]) => triggerOf(id)),
    );
    expect(new Set(ids)).toEqual(new Set([...Object.keys(triggers), undefined]));
    expect(Object.keys(triggers).filter((name) => !(name in INVOCATION_SECONDS))).toEqual([]);
  });

  it('is printed without output of CDK', async () => {
    const { status, stderr } = await agentbricks('cost', '--json').ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('is listed line by line, with the sizes that are too small for ten times the traffic', async () => {
    const { terminal, stdout } = screen();
    expect(await cost({ profile: 'learner', traffic: 500_000, lines: true }, terminal)).toBe(0);
    expect(stdout()).toMatch(
      /\n\nFoundation +USD per month +at 10× +kind +driver\n {2}brokers +\d+\.\d\d +\d+\.\d\d +fixed +2 × kafka/,
    );
    expect(stdout()).toMatch(/\n\ntoo small for 10× traffic +size +needed now +needed at 10×\n\w+: /);
    const few = screen();
    await cost({ profile: 'learner', traffic: 10 }, few.terminal);
    expect(few.stdout()).toMatch(/\nAll sizes in the templates are sufficient for 10× traffic\.$/);
  });

  it('is a table on stdout, with the assumptions on stderr', async () => {
    const { terminal, stdout, stderr } = screen();
    expect(await cost({ profile: 'learner', traffic: 5_000 }, terminal)).toBe(0);
    expect(stdout()).toMatch(
      /^USD per month +fixed +by use +total +at 10× traffic +largest cost\nFoundation +\d+\.\d\d /,
    );
    expect(stdout()).toMatch(/\nall +\d+\.\d\d/);
    expect(stderr()).toContain(
      'Assumptions: 5,000 users, learner profile (docs/cost.md).\nPrices: list prices of us-east-1 as of 2025-06,',
    );
  });
});
