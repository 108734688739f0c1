/** Locale of all numbers and times on the page. Simulated times are UTC and are shown as UTC. */
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
/** Formats a fraction as a percentage with a non-breaking space. */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)}\u00a0%`;
/** Formats a fraction as a percentage with its sign. */
export const gain = (share: number, digits = 1): string =>
  `${share < 0 ? '−' : share > 0 ? '+' : ''}${percent(Math.abs(share), digits)}`;
export const timeOf = (at: number): string => clock.format(at);
export const dateOf = (at: number): string => date.format(at);
export const shortDateOf = (at: number): string => shortDate.format(at);

/** Formats a duration. @param ms milliseconds */
export function lasted(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${seconds.toFixed(0)} s`;
  return `${(seconds / 60).toFixed(1)} min`;
}

const POLICIES: Readonly<Record<string, string>> = { model: 'champion' };
/** Returns the displayed name of a policy. The service calls the champion `model`. */
export const policyName = (policy: string): string => POLICIES[policy] ?? policy;
