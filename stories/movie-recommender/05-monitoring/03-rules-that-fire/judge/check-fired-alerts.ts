import type { RulesMismatch, RulesResult } from '../../../../academy/runners/rules/alert-rules-checkpoint.ts';
import type { FiredAlert, ProbeReport, SilentAlert } from '../../../../academy/runners/rules/message-types.ts';

/** An alert that must fire, and when. Times are numbers of evaluations. */
export interface ExpectedAlert {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  /** It must not fire before `after`, must fire by `by`, and must have ended by `endedBy`. */
  readonly after: number;
  readonly by: number;
  /** @default - it may fire until the end */
  readonly endedBy?: number;
}

/** Formats the time of an evaluation. Evaluations are one minute apart in all situations that use these functions. */
const clock = (evaluation: number): string => `minute ${evaluation}`;

export const shownAlert = (alert: string, labels: Readonly<Record<string, string>>): string => {
  const shown = Object.entries(labels).filter(([name]) => name !== 'alertname');
  return `${alert}{${shown.map(([name, value]) => `${name}="${value}"`).join(', ')}}`;
};

const hasLabels = (actual: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => actual[name] === value);

/** Returns a function that checks that an alert fires in a situation. */
export function mustFire(wanted: ExpectedAlert): (result: RulesResult) => RulesMismatch | undefined {
  const { alert, labels, after, by, endedBy } = wanted;
  const ends = endedBy === undefined ? '' : `, and ends by ${clock(endedBy)}`;
  const expected = `${shownAlert(alert, labels)} fires between ${clock(after)} and ${clock(by)}${ends}`;
  return (result) => {
    const found = result.fired.find((each) => each.alert === alert && hasLabels(each.labels, labels));
    if (!found) return { expected, ...notFired(wanted, result) };
    const [first] = found.firing[0] ?? [0];
    const [, last] = found.firing.at(-1) ?? [0, 0];
    const { line } = found;
    if (first < after) return { expected, line, got: `it fires from ${clock(first)}, before anything is wrong` };
    if (first > by) return { expected, line, got: `it fires only from ${clock(first)}` };
    if (endedBy !== undefined && last >= endedBy) {
      return { expected, line, got: `it fires until ${clock(last)}, although the cause ended earlier` };
    }
    return undefined;
  };
}

/** Describes what happened instead of an expected alert, with the line of the rule that should be read. */
function notFired({ alert, labels }: ExpectedAlert, { fired, probes, errors }: RulesResult) {
  const others = fired.filter(({ labels: each }) => each.slo === labels.slo || each.slo === undefined);
  const silent = probes.flatMap((probe: ProbeReport) => probe.silent).toReversed();
  const named = silent.filter((each) => each.alert === alert);
  const own = named.find((each) => hasLabels(labels, each.labels)) ?? (others.length === 0 ? named[0] : undefined);
  const [error] = errors;
  if (own) return { line: own.reasonLine, got: `it does not fire: ${reasonOf(own)}${alsoFired(others)}` };
  if (error) return { line: error.line, got: `it does not fire. Prometheus reports an error: ${error.message}` };
  const [other = fired[0]] = others;
  return { line: other?.line, got: `no alert has these labels${alsoFired(other ? [other] : [])}` };
}

const reasonOf = ({ reason, line, reasonLine }: SilentAlert): string =>
  line === reasonLine ? reason : `${reason} (a rule that the alert in line ${line} reads)`;

const alsoFired = (alerts: readonly FiredAlert[]): string =>
  alerts.length === 0 ? '' : `. These fire: ${listed(alerts)}`;

function listed(alerts: readonly FiredAlert[]): string {
  const shown = alerts.slice(0, 3).map(({ alert, labels }) => shownAlert(alert, labels));
  const more = alerts.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Returns a function that checks that no alert fires in a situation. */
export function mustStaySilent(about: (evaluation: number) => string = clock) {
  const expected = 'no alert fires';
  return ({ fired }: RulesResult): RulesMismatch | undefined => {
    const [first] = fired.toSorted((a, b) => firstTime(a) - firstTime(b));
    if (!first) return undefined;
    return { expected, line: first.line, got: `${listed(fired)}; the first one at ${about(firstTime(first))}` };
  };
}

const firstTime = ({ firing }: FiredAlert): number => firing[0]?.[0] ?? 0;
