import type { Check } from '../../localstack/embedded/doctor/environment-checks.ts';

const MARK = { ok: '✓', limited: '!', failed: '✗' } as const;

export const isHealthy = (checks: readonly Check[]): boolean => checks.every(({ status }) => status !== 'failed');

/** Formats checks of a machine or an AWS account, one per line, with the fix below a check that did not pass. */
export const diagnosisLines = (checks: readonly Check[]): string[] =>
  checks.map(({ name, status, found, fix }) => `${MARK[status]} ${name}: ${found}${fix ? `\n    ${fix}.` : ''}`);
