import { existsSync } from 'node:fs';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { DAY, SECOND } from '#domain/core/time.ts';
import { BURN_WINDOWS, type BurnWindows, LEAST_REQUESTS } from '../../functions/monitoring/burn-windows.ts';
import { DASHBOARDS } from '../../functions/monitoring/dashboard-panels.ts';
import { budgetOf, SLOS, type Slo } from '../../functions/monitoring/service-level-objectives.ts';
import { resourcesOf, synthesise } from './synthesise-app.ts';

const monitoringOf = (profile: 'learner' | 'production') => synthesise(profile).get('Monitoring') as Template;
const template = monitoringOf('production');
const composites = template.findResources('AWS::CloudWatch::CompositeAlarm');
const alarms = template.findResources('AWS::CloudWatch::Alarm');

interface MetricQuery {
  readonly Expression?: string;
  readonly MetricStat?: { readonly Metric: { readonly MetricName: string }; readonly Period: number };
}
interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly Metrics: readonly MetricQuery[];
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly ComparisonOperator: string;
}

/** Returns the alarms that a composite alarm names in its rule. */
const childrenOf = (rule: unknown): AlarmProperties[] =>
  [...JSON.stringify(rule).matchAll(/"Fn::GetAtt":\["(\w+)","Arn"\]/g)].map(
    ([, id]) => alarms[id as string]?.Properties as AlarmProperties,
  );

const all = SLOS.flatMap((slo) =>
  BURN_WINDOWS.map((windows) => ({ slo, windows, name: `${slo.name} ${windows.name}` })),
);

describe.each(all)('the alarm $name', ({ slo, windows }) => {
  const [alarm, ...others] = Object.values(composites)
    .map(({ Properties }) => Properties)
    .filter(({ AlarmDescription }) =>
      AlarmDescription.startsWith(`${windows.severity}, ${windows.name}: ${slo.name} `),
    );
  const children = childrenOf(alarm?.AlarmRule);

  it('fires while its long and its short window burn', () => {
    expect(others).toEqual([]);
    expect(children).toHaveLength(2);
    expect(JSON.stringify(alarm?.AlarmRule)).toMatch(/ALARM.* AND .*ALARM/);
    expect(children.map(({ Threshold }) => Threshold)).toEqual([windows.burn, windows.burn]);
    for (const { ComparisonOperator } of children) expect(ComparisonOperator).toBe('GreaterThanThreshold');
    expect(children.map(lengthOf)).toEqual([windows.long, windows.short]);
  });

  it('counts the metrics of the SLO, and does not fire for a handful of requests', () => {
    for (const [i, { Metrics }] of children.entries()) {
      const names = Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric.MetricName] : []));
      expect(names.sort()).toEqual([slo.bad, slo.requests].sort());
      const least = i === 0 ? LEAST_REQUESTS : 1;
      expect(Metrics.map(({ Expression }) => Expression)).toContain(
        `IF(requests >= ${least}, FILL(bad, 0) / requests / ${budgetOf(slo)}, 0)`,
      );
    }
  });

  it('notifies the topic of its severity, once for both windows, and links a runbook that exists', () => {
    const { AlarmActions, OKActions, AlarmDescription } = alarm ?? {};
    const topic = windows.severity === 'page' ? /^Pager/ : /^Tickets/;
    expect(AlarmActions).toEqual([{ Ref: expect.stringMatching(topic) }]);
    expect(OKActions).toEqual(AlarmActions);
    for (const description of [AlarmDescription, ...children.map((child) => child.AlarmDescription)]) {
      expect(existsSync(/Runbook: (\S+)$/.exec(description)?.[1] ?? '')).toBe(true);
    }
    expect(children.filter((child) => 'AlarmActions' in child)).toEqual([]);
  });
});

const lengthOf = ({ Metrics, EvaluationPeriods }: AlarmProperties): number =>
  (Metrics.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period ?? 0) * EvaluationPeriods * SECOND;

describe('the alarms', () => {
  it('stay within the limits of CloudWatch: one day per period, and one day in total for periods below an hour', () => {
    const metricMath = Object.values(alarms)
      .map(({ Properties }) => Properties as AlarmProperties)
      .filter(({ Metrics }) => Metrics);
    expect(metricMath).toHaveLength(all.length * 2);
    for (const properties of metricMath) {
      const period = lengthOf(properties) / properties.EvaluationPeriods;
      expect(period).toBeLessThanOrEqual(DAY);
      expect(lengthOf(properties)).toBeLessThanOrEqual(period < 3_600 * SECOND ? DAY : 7 * DAY);
      expect(properties.AlarmDescription.length).toBeLessThan(1_024);
    }
  });

  it('are only those that page, for a learner', () => {
    const severities = (of: BurnWindows['severity']) => BURN_WINDOWS.filter(({ severity }) => severity === of).length;
    monitoringOf('learner').resourceCountIs('AWS::CloudWatch::CompositeAlarm', SLOS.length * severities('page'));
  });

  it('include one on the metric of watch-slo, without metric math', () => {
    const [own, ...others] = Object.values(alarms).filter(({ Properties }) => Properties.MetricName === 'SloBurning');
    expect(others).toEqual([]);
    expect(own?.Properties).toMatchObject({
      Namespace: 'AgentBricks',
      Period: 60,
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
  });

  it.each(['learner', 'production'] as const)('include one that needs no metric of our handlers, for %s', (profile) => {
    monitoringOf(profile).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: Match.absent(),
      EvaluationPeriods: 3,
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: Match.stringLikeRegexp('^Pager') }],
    });
  });

  it('publish to their topics, over TLS only', () => {
    template.resourceCountIs('AWS::SNS::Topic', 2);
    template.allResourcesProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: Match.objectLike({
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Action: 'sns:Publish',
            Principal: { Service: ['cloudwatch.amazonaws.com', 'events.amazonaws.com'] },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      }),
    });
  });
});

describe.each(['learner', 'production'] as const)('every alarm of the profile %s', (profile) => {
  const every = resourcesOf(synthesise(profile)).filter(([, { Type }]) => /^AWS::CloudWatch::\w*Alarm$/.test(Type));

  it('links a runbook that exists', () => {
    expect(every.length).toBeGreaterThan(SLOS.length);
    const links = every.map(([id, { Properties }]) => [
      id,
      /Runbook: (\S+)$/.exec(`${Properties.AlarmDescription}`)?.[1],
    ]);
    expect(links.filter(([, link = 'nowhere']) => !existsSync(link))).toEqual([]);
  });
});

describe('the dashboards', () => {
  const bodies = Object.values(template.findResources('AWS::CloudWatch::Dashboard')).map(({ Properties }) => ({
    name: Properties.DashboardName as string,
    text: JSON.stringify(Properties.DashboardBody),
  }));

  it.each(DASHBOARDS)('show in CloudWatch every panel of $name', ({ name, panels }) => {
    const body = bodies.find((made) => made.name === `agentbricks-${name}`);
    for (const { title } of panels) expect(body?.text).toContain(`\\"title\\":\\"${title}\\"`);
  });

  it('are no more than are free of charge', () => {
    expect(bodies).toHaveLength(DASHBOARDS.length);
    expect(bodies.length).toBeLessThanOrEqual(3);
  });
});

describe('an address given with -c', () => {
  it('receives pages and tickets, and runbooks are linked at the given address', () => {
    const given = synthesise('learner', {
      email: 'ops@example.org',
      runbooks: 'https://wiki.example/run/',
    }).get('Monitoring') as Template;
    given.resourceCountIs('AWS::SNS::Subscription', 2);
    const { runbook } = SLOS[0] as Slo;
    given.hasResourceProperties('AWS::CloudWatch::CompositeAlarm', {
      AlarmDescription: Match.stringLikeRegexp(`https://wiki.example/run/${runbook.split('/').at(-1)}$`),
    });
  });
});
