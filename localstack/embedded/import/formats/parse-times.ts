import { SECOND } from '#domain/core/time.ts';
import { quoted } from '../quote-value.ts';
import { BadLine, type Fault } from './parse-fields.ts';

const EARLIEST_RATING = Date.UTC(1990, 0, 1);
const DECIMAL = /^(\d+)(?:\.(\d+))?$/;
/** Decimals of a second that a time has: events are stored in milliseconds. */
const DECIMALS = 3;
const SECONDS = 'Give seconds since 1970-01-01 UTC, or remove the line';

/** Units that data sets use instead of seconds: name, and how many make a second. */
const OTHER_UNITS = [
  ['milliseconds', 1e3],
  ['microseconds', 1e6],
  ['nanoseconds', 1e9],
] as const;

/** Other notations of a number, by the form of the text; the last matches everything. */
const NOTATIONS: readonly [form: RegExp, why: string][] = [
  [/^\s*$/, 'the field is empty'],
  [/^["'].*["']$/, 'it is in quotes, and this file has no quoted fields'],
  [/^-/, 'it is negative'],
  [/^\+?[\d.]+e[+-]?\d+$/i, 'it is in scientific notation, which may have lost its last digits'],
  [/^/, 'it is not a decimal number of seconds'],
];

/**
 * Returns seconds since 1970, with up to three decimals, as UTC epoch milliseconds. The digits are read as integers:
 * 1076162400.169 × 1,000 is not an integer in floating point.
 *
 * @param latest the greatest valid time, UTC epoch milliseconds
 * @throws BadLine that says which unit or notation the text seems to have
 */
export function timeOf(text: string | undefined, latest: number): number {
  const [, whole = '', fraction = ''] = DECIMAL.exec(text ?? '') ?? [];
  const at =
    whole === '' ? Number.NaN : Number(whole) * SECOND + Number(fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0'));
  if (isBetween(at, latest) && !isFiner(fraction)) return at;
  throw new BadLine({
    what: `the timestamp is ${quoted(text ?? '')}`,
    ...(whole === '' ? notationFault(text ?? '') : rangeFault(Number(whole), latest)),
  });
}

const isBetween = (at: number, latest: number): boolean => at >= EARLIEST_RATING && at <= latest;
const isFiner = (fraction: string): boolean => /[1-9]/.test(fraction.slice(DECIMALS));

type Reason = Pick<Fault, 'why' | 'fix'>;

const notationFault = (text: string): Reason => ({
  why: NOTATIONS.find(([form]) => form.test(text))?.[1] ?? '',
  fix: SECONDS,
});

function rangeFault(value: number, latest: number): Reason {
  if (isBetween(value * SECOND, latest)) {
    return { why: 'its fraction is finer than a millisecond', fix: 'Round the times of the file to three decimals' };
  }
  for (const [unit, perSecond] of OTHER_UNITS) {
    if (!isBetween((value / perSecond) * SECOND, latest)) continue;
    return {
      why: `it looks like ${unit}, and times are read as seconds`,
      fix: `Divide the times of the file by ${perSecond}`,
    };
  }
  const why = value * SECOND < EARLIEST_RATING ? 'in seconds it is before 1990' : 'in seconds it is later than now';
  return { why, fix: SECONDS };
}
