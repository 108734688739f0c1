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
import type { Profile } from '../../profiles.ts';
import { runbookAt } from '../../runbook-links.ts';

const MINUTE = Duration.minutes(1);
/** Of the requests of a minute; more are the new version's fault. */
const FAILING_PERCENT = 1;
/** Milliseconds within which 99 of 100 requests are answered. */
const SLOW_MS = 1_000;
/** Share of the warm environments that may be busy before more are made. */
const BUSY = 0.7;
const MOST_TIMES = 5;
const RUNBOOK = 'docs/runbooks/version-rolled-back.md';
/** Two minutes of three: one bad minute is chance. No request is no news. */
const ABOVE = {
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
  treatMissingData: TreatMissingData.NOT_BREACHING,
};

/** A function behind the alias `live`: a version that fails or is slow is taken back while few have met it. */
export function rolledOut(scope: Construct, id: string, target: LambdaFunction, { serving }: Profile): Alias {
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
    threshold: FAILING_PERCENT,
    ...ABOVE,
    alarmDescription: takenBack(scope, `More than ${FAILING_PERCENT} % of the requests to ${id} fail`),
  });
}

const slow = (scope: Construct, id: string, alias: Alias): IAlarm =>
  new Alarm(scope, `${id}Slow`, {
    metric: alias.metricDuration({ period: MINUTE, statistic: Stats.percentile(99) }),
    threshold: SLOW_MS,
    ...ABOVE,
    alarmDescription: takenBack(scope, `One in a hundred requests to ${id} takes longer than ${SLOW_MS} ms`),
  });

const takenBack = (scope: Construct, what: string): string =>
  `${what}: the version before is put back. Runbook: ${runbookAt(scope.node, RUNBOOK)}`;

/** So many environments are kept ready by day, and so many by night; under load more are made. */
export function keptWarm(alias: Alias, { day, night, from, to }: NonNullable<Profile['serving']['warm']>): void {
  const scaling = alias.addAutoScaling({ minCapacity: night, maxCapacity: day * MOST_TIMES });
  scaling.scaleOnUtilization({ utilizationTarget: BUSY });
  const at = (hour: number) => Schedule.cron({ hour: `${hour}`, minute: '0' });
  scaling.scaleOnSchedule('Day', { schedule: at(from), minCapacity: day });
  scaling.scaleOnSchedule('Night', { schedule: at(to), minCapacity: night });
}
