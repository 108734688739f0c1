/** How the page writes numbers and times. Simulated time is UTC and is shown as UTC. */
const LOCALE = 'en-GB';
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long' });
const shortDate = new Intl.DateTimeFormat(LOCALE, {
  timeZone: 'UTC',
  weekday: 'short',
  day: 'numeric',
  month: 'short',
});

export const count = (value: number): string => (value < 100_000 ? whole.format(value) : short.format(value));
export const decimal = (value: number, digits = 2): string => value.toFixed(digits);
/** With a space that does not break. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)}\u00a0%`;
/** With its sign, as gains are read. */
export const gain = (share: number, digits = 1): string =>
  `${share < 0 ? '−' : share > 0 ? '+' : ''}${percent(Math.abs(share), digits)}`;
export const timeOf = (at: number): string => clock.format(at);
export const dateOf = (at: number): string => date.format(at);
export const shortDateOf = (at: number): string => shortDate.format(at);

/** @param ms a duration */
export function lasted(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  return `${(seconds / 60).toFixed(1)} min`;
}

const POLICIES: Readonly<Record<string, string>> = { model: 'champion' };
/** The service says `model`; the model that serves is the champion. */
export const policyName = (policy: string): string => POLICIES[policy] ?? policy;
