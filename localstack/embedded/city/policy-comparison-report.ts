import type { Policy } from '#domain/events/exposure-schemas.ts';
import type { Lift, PolicyResult } from '../../../functions/universe/engine/compute-policy-result-and-lift.ts';
import type { ServingFaults } from './count-serving-faults.ts';

export type TwinName = Exclude<Policy, 'model'> | 'champion';

/** The output of `npm start -- --once --json` (DESIGN.md section 9). */
export interface CityReport {
  readonly seed: number;
  /** Hash of the first week's event log. */
  readonly eventLogHash: string;
  /**
   * Serving faults in the first week. Absent for cities that an earlier version of the code simulated, as are the
   * faults per policy.
   */
  readonly firstWeek?: ServingFaults;
  readonly policies: Readonly<Partial<Record<TwinName, PolicyResult & Partial<ServingFaults>>>>;
  /** Absent if there is no champion. */
  readonly lift?: Lift;
  /** Duration of each phase, milliseconds. */
  readonly timings: Readonly<Record<string, number>>;
  readonly championVersion: string | null;
  /** The gate's reason for promoting the model or not. */
  readonly verdict: string;
}

/** The twins' part of the report. */
export type TwinsReport = Pick<CityReport, 'policies' | 'lift'>;

const ORDER: readonly TwinName[] = ['random', 'popular', 'champion', 'oracle'];
const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;

/** Returns the report as rows of text: a header, then one row per policy. */
export function reportRows(report: CityReport): string[][] {
  const rows = ORDER.flatMap((name) => {
    const result = report.policies[name];
    if (!result) return [];
    return [
      [
        name,
        result.utilityPerSession.toFixed(3),
        result.playsPerSession.toFixed(3),
        percent(result.returnRateDay7),
        percent(result.coverage),
        String(result.degraded ?? '–'),
      ],
    ];
  });
  return [
    ['policy', 'utility/session', 'plays/session', 'back on day 7', 'catalogue shown', 'degraded slates'],
    ...rows,
  ];
}

/** Returns how often the guard against hanging code fired. If it is not 0, the city's results cannot be judged. */
export const guardFired = ({ firstWeek, policies }: Pick<CityReport, 'firstWeek' | 'policies'>): number =>
  [firstWeek, ...Object.values(policies)].reduce((sum, faults) => sum + (faults?.guardFired ?? 0), 0);

/** Returns one sentence for each period in which the guard fired. */
export function guardSentences({ firstWeek, policies }: Pick<CityReport, 'firstWeek' | 'policies'>): string[] {
  const stretches = [['the first week', firstWeek], ...Object.entries(policies)] as const;
  return stretches.flatMap(([name, { guardFired: times = 0 } = {}]) =>
    times > 0
      ? [`Could not judge ${name}: the guard against hanging code ended ${times} requests or invocations.`]
      : [],
  );
}

/** Returns the lift in one sentence, or the reason why there is none. */
export function liftSentence(report: CityReport): string {
  const { lift, verdict } = report;
  if (guardFired(report) > 0) return guardSentences(report).join(' ');
  if (!lift) return `No model was promoted, so there is no lift to report: ${verdict}.`;
  const [low, high] = lift.interval;
  return (
    `The champion makes agents ${percent(lift.overPopular)} happier than popularity ` +
    `(95 % interval ${percent(low)} to ${percent(high)}) and reaches ${percent(lift.oracleShare)} of the oracle's gain. ` +
    `Twins reduce the variance ${lift.pairingGain.toFixed(1)} times compared with an A/B test on the same agents.`
  );
}
