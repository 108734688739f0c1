import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  ComparisonOperator,
  CompositeAlarm,
  type IAlarmAction,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { DAY } from '#domain/core/time.ts';
import { BURN_WINDOWS, type BurnWindows, LEAST_REQUESTS } from '../../../functions/monitoring/burn-rate.ts';
import type { Slo } from '../../../functions/monitoring/service-level-objectives.ts';
import { burnOf } from './metrics.ts';

export interface SloAlarmsProps {
  readonly slo: Slo;
  /** Which pairs of windows get an alarm. */
  readonly severities: readonly BurnWindows['severity'][];
  /** Told when one fires, and when it is over. */
  readonly actions: Readonly<Record<BurnWindows['severity'], IAlarmAction>>;
  /** Where docs/runbooks is to be read. */
  readonly runbookUrl: string;
}

/** CloudWatch sums over one day at most. */
const LONGEST_PERIOD = DAY;

/** An SLO's burn-rate alarms: what burnRate (functions/monitoring/burn-rate.ts) decides, by CloudWatch alone. */
export class SloAlarms extends Construct {
  constructor(scope: Construct, id: string, props: SloAlarmsProps) {
    super(scope, id);
    for (const windows of BURN_WINDOWS) if (props.severities.includes(windows.severity)) this.pair(windows, props);
  }

  /** Fires while both windows burn. Alone, neither tells anybody. */
  private pair({ name, long, short, burn, severity }: BurnWindows, props: SloAlarmsProps): void {
    const { slo, actions, runbookUrl } = props;
    const words = (what: string) =>
      `${what} ${slo.name} spends its error budget more than ${burn} times too fast. Runbook: ${runbookUrl}`;
    const burning = (side: string, length: number, atLeast: number) =>
      new Alarm(this, `${idOf(name)}${side}`, {
        ...over(length, slo, atLeast),
        threshold: burn,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        // Nothing was asked: no budget was spent.
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: words(`${side} window of ${name}, no page by itself:`),
      });
    const both = AlarmRule.allOf(burning('Long', long, LEAST_REQUESTS), burning('Short', short, 1));
    const composite = new CompositeAlarm(this, idOf(name), {
      alarmRule: both,
      alarmDescription: words(`${severity}, ${name}:`),
    });
    composite.addAlarmAction(actions[severity]);
    composite.addOkAction(actions[severity]);
  }
}

/** One period as long as the window; a window of several days is several periods, and each of them must burn. */
const over = (length: number, slo: Slo, atLeast: number) => ({
  metric: burnOf(slo, Duration.millis(Math.min(length, LONGEST_PERIOD)), atLeast),
  evaluationPeriods: Math.ceil(length / LONGEST_PERIOD),
});

/** `1h/5m` → `1h5m` */
const idOf = (name: string): string => name.replaceAll('/', '');
