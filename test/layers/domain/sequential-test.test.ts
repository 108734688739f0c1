import { describe, expect, it } from 'vitest';
import { hashUnit } from '#domain/core/keyed-random.ts';
import { type Sample, sequentialDifference } from '#domain/experiments/sequential-test.ts';

/** Returns a standard normal random number (Box and Muller). */
const normal = (name: string, i: number) =>
  Math.sqrt(-2 * Math.log(1 - hashUnit(name, 2 * i))) * Math.cos(2 * Math.PI * hashUnit(name, 2 * i + 1));

const LOOKS = 25;
const PER_LOOK = 20;
const EXPERIMENTS = 200;

/** Yields both arms at each inspection of one experiment. */
function* looks(name: string, effect: number): Generator<[Sample, Sample]> {
  const arms = [0, effect].map((shift, arm) => ({ shift, name: `${name}-${arm}`, sum: 0, squares: 0 }));
  for (let units = PER_LOOK; units <= LOOKS * PER_LOOK; units += PER_LOOK) {
    const [first, second] = arms.map((arm) => {
      for (let i = units - PER_LOOK; i < units; i++) {
        const value = normal(arm.name, i) + arm.shift;
        arm.sum += value;
        arm.squares += value ** 2;
      }
      const mean = arm.sum / units;
      return { units, mean, variance: (arm.squares - units * mean ** 2) / (units - 1) };
    });
    yield [first as Sample, second as Sample];
  }
}

/** Returns the share of experiments in which at least one inspection finds a difference. */
function alarms(effect: number, isAlarm: (first: Sample, second: Sample) => boolean): number {
  let found = 0;
  for (let experiment = 0; experiment < EXPERIMENTS; experiment++) {
    for (const [first, second] of looks(`x-${experiment}`, effect)) {
      if (!isAlarm(first, second)) continue;
      found++;
      break;
    }
  }
  return found / EXPERIMENTS;
}
const sequential = (first: Sample, second: Sample) => {
  const { low, high } = sequentialDifference(first, second);
  return low > 0 || high < 0;
};
const once = (first: Sample, second: Sample) =>
  Math.abs(second.mean - first.mean) > 1.96 * Math.sqrt((first.variance + second.variance) / first.units);

describe('sequentialDifference', () => {
  it('is wrong in at most 5 % of the experiments at any number of looks; the interval for one look is wrong far more often', () => {
    expect(alarms(0, sequential)).toBeLessThanOrEqual(0.05);
    expect(alarms(0, once)).toBeGreaterThan(0.15);
  });

  it('finds a difference of half a standard deviation almost always', () => {
    expect(alarms(0.5, sequential)).toBeGreaterThan(0.95);
  });

  it('has an interval of width 0 without variance or units', () => {
    const flat = { units: 50, mean: 1, variance: 0 };
    expect(sequentialDifference(flat, { ...flat, mean: 0 })).toEqual({ value: -1, low: -1, high: -1 });
    expect(sequentialDifference({ ...flat, units: 0, mean: 0 }, { ...flat, units: 0, mean: 0 }).value).toBe(0);
  });
});
