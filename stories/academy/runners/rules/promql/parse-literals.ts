import { invalid } from './rule-error.ts';

const MILLISECONDS: Readonly<Record<string, number>> = {
  ...{ ms: 1, s: 1_000, m: 60_000, h: 3_600_000 },
  ...{ d: 86_400_000, w: 604_800_000, y: 31_536_000_000 },
};
const DURATION = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;

/**
 * Parses a duration in Prometheus's notation, such as 1h30m.
 *
 * @returns milliseconds
 * @throws RuleProblem
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  if (text === '' || !DURATION.test(text)) throw invalid(text, `${text} is not a duration such as 5m or 1h30m`);
  let sum = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(ms|[a-z])/g))
    sum += Number(count) * (MILLISECONDS[unit] ?? 0);
  return sum;
}

/** Parses a number in Prometheus's notation. Durations such as 5m are numbers of seconds. */
export function parseNumber(text: string): number {
  const unsigned = text.replace(/^[+-]/, '').toLowerCase();
  const sign = text.startsWith('-') ? -1 : 1;
  if (unsigned === 'inf') return sign * Number.POSITIVE_INFINITY;
  if (unsigned === 'nan') return Number.NaN;
  if (/^(?:0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/.test(unsigned)) return sign * Number(unsigned);
  return (sign * parseDuration(unsigned)) / 1_000;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' },
  ...{ '\\': '\\', '"': '"', "'": "'" },
};

/** Parses a string in quotes or backticks. Prometheus uses the escape sequences of Go. */
export function parseString(text: string): string {
  const inner = text.slice(1, -1);
  if (text.startsWith('`')) return inner;
  return inner.replaceAll(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|.)/gs, (_, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    const known = ESCAPES[code];
    if (known === undefined) throw invalid(text, `the string ${text} has an invalid escape sequence, \\${code}`);
    return known;
  });
}
