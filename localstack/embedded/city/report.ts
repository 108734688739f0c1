import type { Policy } from '#domain/exposures.ts';

/** How one policy's week went. */
export interface PolicyResult {
  /** Mean true utility of what was played, per session. */
  readonly utilityPerSession: number;
  readonly playsPerSession: number;
  /** Share of the agents seen on the week's first day that came back on its last. 0 to 1. */
  readonly returnRateDay7: number;
  /** Share of the catalogue that was shown at least once. 0 to 1. */
  readonly coverage: number;
}

export type TwinName = Exclude<Policy, 'model'> | 'champion';

/** What `npm start -- --once --json` prints (DESIGN.md section 9). */
export interface CityReport {
  readonly seed: number;
  /** Of the first week. */
  readonly eventLogHash: string;
  readonly policies: Readonly<Partial<Record<TwinName, PolicyResult>>>;
  /** Absent without a champion. */
  readonly lift?: {
    /** Relative gain in utility per session of champion over popular. */
    readonly overPopular: number;
    /** 95 %, paired over agents. */
    readonly interval: readonly [number, number];
    /** (champion − popular) / (oracle − popular). */
    readonly oracleShare: number;
  };
  /** Milliseconds per step. */
  readonly timings: Readonly<Record<string, number>>;
  readonly championVersion: string | null;
}

const ORDER: readonly TwinName[] = ['random', 'popular', 'champion', 'oracle'];
const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;

/** The report as rows of text: a header, then one row per policy. */
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
      ],
    ];
  });
  return [['policy', 'utility/session', 'plays/session', 'back on day 7', 'catalogue shown'], ...rows];
}

/** The lift in one sentence, or why there is none. */
export function liftSentence({ lift }: CityReport): string {
  if (!lift) return 'No champion was promoted, so there is no lift to report.';
  const [low, high] = lift.interval;
  return (
    `The champion makes agents ${percent(lift.overPopular)} happier than popularity ` +
    `(95 % interval ${percent(low)} to ${percent(high)}) and reaches ${percent(lift.oracleShare)} of the oracle's gain.`
  );
}
