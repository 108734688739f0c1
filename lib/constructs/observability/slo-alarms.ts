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
import { BURN_WINDOWS, type BurnWindows, LEAST_REQUESTS } from '../../../functions/monitoring/burn-windows.ts';
import type { Slo } from '../../../functions/monitoring/service-level-objectives.ts';
import { burnOf } from './build-cloudwatch-metrics.ts';

export interface SloAlarmsProps {
  readonly slo: Slo;
  /** Severities of the pairs of windows that get an alarm. */
  readonly severities: readonly BurnWindows['severity'][];
  /** Actions by severity, run when an alarm starts and when it ends. */
  readonly actions: Readonly<Record<BurnWindows['severity'], IAlarmAction>>;
  /** Address of the SLO's runbook. */
  readonly runbookUrl: string;
}

/** Longest period of a metric in CloudWatch, milliseconds. */
const LONGEST_PERIOD = DAY;

/** Burn-rate alarms of an SLO, built from the table of burnRate (functions/monitoring/burn-windows.ts). */
export class SloAlarms extends Construct {
  constructor(scope: Construct, id: string, props: SloAlarmsProps) {
    super(scope, id);
    for (const windows of BURN_WINDOWS) if (props.severities.includes(windows.severity)) this.pair(windows, props);
  }

  /** Creates an alarm without an action per window, and a composite alarm, which fires while both windows burn. */
  private pair({ name, long, short, burn, severity }: BurnWindows, props: SloAlarmsProps): void {
    const { slo, actions, runbookUrl } = props;
    const describe = (what: string) =>
      `${what} ${slo.name} spends its error budget more than ${burn} times too fast. Runbook: ${runbookUrl}`;
    const burning = (side: string, length: number, atLeast: number) =>
      new Alarm(this, `${idOf(name)}${side}`, {
        ...over(length, slo, atLeast),
        threshold: burn,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        // Without requests, no budget is spent.
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: describe(`${side} window of ${name}, no page on its own:`),
      });
    const both = AlarmRule.allOf(burning('Long', long, LEAST_REQUESTS), burning('Short', short, 1));
    const composite = new CompositeAlarm(this, idOf(name), {
      alarmRule: both,
      alarmDescription: describe(`${severity}, ${name}:`),
    });
    composite.addAlarmAction(actions[severity]);
    composite.addOkAction(actions[severity]);
  }
}

/**
 * Returns the burn rate over one period as long as the window. A window of several days has one period per day, and the
 * alarm fires only if each day burns too fast.
 */
const over = (length: number, slo: Slo, atLeast: number) => ({
  metric: burnOf(slo, Duration.millis(Math.min(length, LONGEST_PERIOD)), atLeast),
  evaluationPeriods: Math.ceil(length / LONGEST_PERIOD),
});

/** Returns a construct id: `1h/5m` → `1h5m`. */
const idOf = (name: string): string => name.replaceAll('/', '');
