import { SECOND } from '#domain/core/time.ts';
import { quoted } from '../quote-for-error-messages.ts';
import { BadLine, type Fault } from './parse-fields.ts';

const EARLIEST_RATING = Date.UTC(1990, 0, 1);
const DECIMAL = /^(\d+)(?:\.(\d+))?$/;
/** Maximum decimals of a time in seconds, because events are stored in milliseconds. */
const DECIMALS = 3;
const SECONDS = 'Use seconds since 1970-01-01 UTC, or remove the line';

/** Other units that data sets use: name, and number per second. */
const OTHER_UNITS = [
  ['milliseconds', 1e3],
  ['microseconds', 1e6],
  ['nanoseconds', 1e9],
] as const;

/** Reasons why a string is not a decimal number of seconds, by pattern. The last pattern matches every string. */
const NOTATIONS: readonly [form: RegExp, why: string][] = [
  [/^\s*$/, 'the field is empty'],
  [/^["'].*["']$/, 'it is in quotes, and this file has no quoted fields'],
  [/^-/, 'it is negative'],
  [/^\+?[\d.]+e[+-]?\d+$/i, 'it is in scientific notation, which may have lost its last digits'],
  [/^/, 'it is not a decimal number of seconds'],
];

/**
 * Converts seconds since 1970, with up to three decimals, to UTC epoch milliseconds. It reads the digits as integers,
 * because 1076162400.169 × 1,000 is not an integer in floating point.
 *
 * @param latest the greatest valid time, UTC epoch milliseconds
 * @throws BadLine with the unit or notation that the string seems to have
 */
export function timeOf(text: string | undefined, latest: number): number {
  const [, whole = '', fraction = ''] = DECIMAL.exec(text ?? '') ?? [];
  const at =
    whole === '' ? Number.NaN : Number(whole) * SECOND + Number(fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0'));
  if (isBetween(at, latest) && !isFiner(fraction)) return at;
  throw new BadLine({
    what: `the time ${quoted(text ?? '')} is invalid`,
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
    return {
      why: 'the time has more than three decimals, but events are stored in milliseconds',
      fix: 'Round the times in the file to three decimals',
    };
  }
  for (const [unit, perSecond] of OTHER_UNITS) {
    if (!isBetween((value / perSecond) * SECOND, latest)) continue;
    return {
      why: `the time seems to be in ${unit}, but times must be in seconds`,
      fix: `Divide the times in the file by ${perSecond}`,
    };
  }
  const why = value * SECOND < EARLIEST_RATING ? 'as seconds, it is before 1990' : 'as seconds, it is in the future';
  return { why, fix: SECONDS };
}
