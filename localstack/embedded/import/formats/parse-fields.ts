import { parse } from 'csv-parse/sync';
import { Id } from '#domain/core/event-fields.ts';
import { quoted } from '../quote-for-error-messages.ts';

/** The error in one line, explained as in BrickError. */
export interface Fault {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
}

/** Thrown by line parsers, and caught where the line's number is known. */
export class BadLine extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(`${fault.what}: ${fault.why}`);
    this.fault = fault;
  }
}

const MOST_STARS = 5;
/** Matches stars: digits, optionally with a half, such as `3`, `3.0`, `3.50`. */
const STARS = /^0*(\d)(?:\.([05])0*)?$/;
/** Matches years, also as floating-point numbers such as 1995.0. */
const YEAR = /^(\d{4})(?:\.0+)?$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const OLDEST_FILM = 1870;

/** Splits a line of comma-separated values. In these files, a record never spans several lines. @throws BadLine */
export function commaFields(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  try {
    return (parse(line, { relax_column_count: true }) as string[][])[0] ?? [];
  } catch {
    throw new BadLine({
      what: `the quotes in ${quoted(line)} do not match`,
      why: 'a field that starts with a quote must end with one, and quotes inside the field must be doubled',
      fix: 'Correct the quotes',
    });
  }
}

/** Returns a valid id. @throws BadLine */
export function idOf(text: string | undefined, column: string): string {
  if (text !== undefined && Id.safeParse(text).success) return text;
  throw new BadLine({
    what: `the ${column} id ${quoted(text ?? '')} is invalid`,
    why: 'an id consists of 1 to 64 letters, digits and . _ : ~ -',
    fix: `Correct the ${column} id, or remove the line`,
  });
}

/** Returns a rating of 0.5 to 5 stars in steps of 0.5. @throws BadLine */
export function ratingOf(text: string | undefined): number {
  const [, whole, half] = STARS.exec(text ?? '') ?? [];
  const rating = Number(whole ?? Number.NaN) + (half === '5' ? 1 / 2 : 0);
  if (rating >= 1 / 2 && rating <= MOST_STARS) return rating;
  throw new BadLine({
    what: `the rating ${quoted(text ?? '')} is invalid`,
    why: 'ratings are 0.5 to 5 stars in steps of 0.5',
    fix: 'Correct the rating, or remove the line',
  });
}

/** Splits `Toy Story (1995)` into name and 1 January 1995; the date is null if the title contains no year. */
export function nameAndYear(text: string): { readonly name: string; readonly releasedAt: number | null } {
  const found = /^(.*\S)\s*\((\d{4})\)\s*$/.exec(text);
  return { name: found?.[1] ?? text.trim(), releasedAt: yearOf(found?.[2]) };
}

/** Returns the start of a year, UTC epoch milliseconds; null if the string is not a year since 1870. */
export function yearOf(text: string | undefined): number | null {
  const year = Number(YEAR.exec(text ?? '')?.[1] ?? 0);
  return year < OLDEST_FILM ? null : Date.UTC(year, 0, 1);
}

/** Returns a day such as `01-Jan-1995` as UTC epoch milliseconds; null for other formats. */
export function dayOf(text: string | undefined): number | null {
  const [day = '', month = '', year] = (text ?? '').split('-');
  const number = MONTHS.indexOf(month.toLowerCase());
  if (number < 0 || !/^\d\d?$/.test(day) || yearOf(year) === null) return null;
  return Date.UTC(Number(year), number, Number(day));
}

const UNITED_STATES = /^\d{5}(-?\d{4})?$/;
const CANADA = /^[A-Z]\d[A-Z] ?\d[A-Z]\d?$/i;
/** CLDR's code for an unknown region. */
export const UNKNOWN_COUNTRY = 'ZZ';

/** Returns the country whose postal codes have this format. MovieLens contains users from the United States and Canada. */
export function countryOf(postalCode: string | undefined): string {
  const code = postalCode?.trim() ?? '';
  if (UNITED_STATES.test(code)) return 'US';
  return CANADA.test(code) ? 'CA' : UNKNOWN_COUNTRY;
}
