import { describe, expect, it } from 'vitest';
import {
  type CityReport,
  guardFired,
  liftSentence,
  reportRows,
} from '../../../localstack/embedded/city/policy-comparison-report.ts';
import { REPORT } from '../dashboard/simulated-hours.ts';

const NO_FAULTS = { degraded: 0, guardFired: 0 };

/** Returns the report of a city with these faults under its champion. */
const reportWith = (faults: Partial<typeof NO_FAULTS>, firstWeek = NO_FAULTS): CityReport => {
  const { champion } = REPORT.policies;
  if (!champion) throw new Error('the report has no champion');
  return { ...REPORT, firstWeek, policies: { ...REPORT.policies, champion: { ...champion, ...faults } } };
};
const degradedOf = (report: CityReport) => reportRows(report).map((row) => row.at(-1));

describe('the table of a city', () => {
  it('shows the number of degraded slates per policy, and a dash where an earlier version did not count them', () => {
    expect(degradedOf(reportWith({ ...NO_FAULTS, degraded: 12 }))).toEqual(['degraded slates', '–', '–', '12', '–']);
  });

  it('has a lift if the guard against hanging code has not fired', () => {
    expect(guardFired(REPORT)).toBe(0);
    expect(liftSentence(reportWith({ ...NO_FAULTS, degraded: 12 }))).toContain('45.7 % happier');
  });

  it('has no lift if the guard fired under a policy', () => {
    const report = reportWith({ ...NO_FAULTS, guardFired: 3 }, { ...NO_FAULTS, guardFired: 1 });
    expect(guardFired(report)).toBe(4);
    const sentence = liftSentence(report);
    expect(sentence).toContain('Could not judge champion: the guard against hanging code ended 3 requests');
    expect(sentence).toContain('Could not judge the first week');
    expect(sentence).not.toContain('happier');
  });
});
