import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-applicationautoscaling';
import {
  Alarm,
  ComparisonOperator,
  type IAlarm,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { Alias, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Profile } from '../../deployment-profiles.ts';
import { runbookAt } from '../../runbook-address.ts';

const MINUTE = Duration.minutes(1);
/** Maximum percentage of failed requests per minute for a new version. */
const MAX_FAILED_PERCENT = 1;
/** Maximum P99 latency of a new version, milliseconds. */
const MAX_P99_MS = 1_000;
/** Target utilisation of the provisioned environments, 0 to 1. Auto scaling provisions more above it. */
const BUSY = 0.7;
const MAX_SCALE_FACTOR = 5;
const RUNBOOK = 'docs/runbooks/version-rolled-back.md';
/**
 * Settings of both alarms. They fire after two bad minutes out of three, because one may be chance. Minutes without
 * requests are not bad.
 */
const ABOVE = {
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
};

/**
 * Publishes a function behind the alias `live`. With gradual rollout, a version that fails or is slow is rolled back while it
 * receives only a tenth of the requests.
 */
export function publishGradually(scope: Construct, id: string, target: LambdaFunction, { serving }: Profile): Alias {
  const alias = new Alias(scope, `${id}Live`, { aliasName: 'live', version: target.currentVersion });
  if (serving.rollout === 'gradual') {
    new LambdaDeploymentGroup(scope, `${id}Rollout`, {
      application: new LambdaApplication(scope, `${id}Application`),
      alias,
      deploymentConfig: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
      alarms: [failing(scope, id, alias), slow(scope, id, alias)],
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
  }
  return alias;
}

function failing(scope: Construct, id: string, alias: Alias): IAlarm {
  return new Alarm(scope, `${id}Fails`, {
    metric: new MathExpression({
      expression: '100 * errors / FILL(requests, 1)',
      usingMetrics: {
        errors: alias.metricErrors({ period: MINUTE }),
        requests: alias.metricInvocations({ period: MINUTE }),
      },
      period: MINUTE,
    }),
    threshold: MAX_FAILED_PERCENT,
    ...ABOVE,
    alarmDescription: rollbackDescription(scope, `more than ${MAX_FAILED_PERCENT} % of the requests to ${id} fail`),
  });
}

const slow = (scope: Construct, id: string, alias: Alias): IAlarm =>
  new Alarm(scope, `${id}Slow`, {
    metric: alias.metricDuration({ period: MINUTE, statistic: Stats.percentile(99) }),
    threshold: MAX_P99_MS,
    ...ABOVE,
    alarmDescription: rollbackDescription(scope, `the P99 latency of ${id} exceeds ${MAX_P99_MS} ms`),
  });

const rollbackDescription = (scope: Construct, what: string): string =>
  `${what}: CodeDeploy restores the previous version. Runbook: ${runbookAt(scope.node, RUNBOOK)}`;

/**
 * Keeps execution environments provisioned: at least `day` from hour `from` on and at least `night` from hour `to` on
 * (UTC), and more under load.
 */
export function keepProvisioned(alias: Alias, { day, night, from, to }: NonNullable<Profile['serving']['warm']>): void {
  const scaling = alias.addAutoScaling({ minCapacity: night, maxCapacity: day * MAX_SCALE_FACTOR });
  scaling.scaleOnUtilization({ utilizationTarget: BUSY });
  const at = (hour: number) => Schedule.cron({ hour: `${hour}`, minute: '0' });
  scaling.scaleOnSchedule('Day', { schedule: at(from), minCapacity: day });
  scaling.scaleOnSchedule('Night', { schedule: at(to), minCapacity: night });
}
