import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crossFittedRewards } from '../../../localstack/embedded/studies/off-policy/cross-fitted-rewards.ts';
import { estimate, runTrial, type Trial } from '../../../localstack/embedded/studies/off-policy/off-policy-trial.ts';
import { TARGETS } from '../../../localstack/embedded/studies/off-policy/target-policies.ts';

const SIZE = { seed: 3, agents: 150, titles: 8, days: 1, explorationShare: 0.5 };
const folder = mkdtempSync(join(tmpdir(), 'agentbricks-trial-'));
let trial: Trial;
beforeAll(async () => {
  trial = await runTrial(SIZE, join(folder, 'trial'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const targetNamed = (name: string) => {
  const target = TARGETS.find((one) => one.name === name);
  if (!target) throw new Error(`there is no target ${name}`);
  return target;
};

/** test/end-to-end/studies/off-policy.test.ts checks the accuracy of the estimates with larger trials. */
describe('an off-policy trial', () => {
  it('logs one exposure per request, with its propensity and reward', () => {
    expect(trial.requests.length).toBeGreaterThan(20);
    for (const { context, title, propensity, reward } of trial.requests) {
      expect(context.allowed).toContain(title);
      expect(propensity).toBeGreaterThanOrEqual(SIZE.explorationShare / SIZE.titles);
      expect(propensity).toBeLessThanOrEqual(1);
      expect([0, 1]).toContain(reward);
    }
  });

  it('has true values that are linear in the target’s probabilities', () => {
    const [random = 0, newest = 0, half = 0] = ['random', 'newest', 'half-new'].map((name) => trial.truth.get(name));
    expect(half).toBeCloseTo((random + newest) / 2, 12);
    expect(random).toBeGreaterThan(0);
  });

  it('weighs the logged rewards by the propensities', () => {
    const { ips, weight } = estimate(trial, targetNamed('random'));
    const weights = trial.requests.map(({ context, propensity }) => 1 / context.allowed.length / propensity);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(weight.value).toBeCloseTo(mean(weights), 9);
    expect(ips.value).toBeCloseTo(mean(trial.requests.map(({ reward }, i) => reward * (weights[i] ?? 0))), 9);
  });

  it('uses other propensities on request', () => {
    const halved = estimate(trial, targetNamed('random'), ({ propensity }) => propensity / 2);
    expect(halved.ips.value).toBeCloseTo(2 * estimate(trial, targetNamed('random')).ips.value, 9);
  });

  it('rejects a trial without sessions', async () => {
    const empty = runTrial({ ...SIZE, days: 0 }, join(folder, 'empty'));
    await expect(empty).rejects.toMatchObject({ code: 'BRICK_NOTHING_LOGGED' });
  });
});

describe('the cross-fitted reward model', () => {
  const users = Array.from({ length: 200 }, (_, i) => `u-${i}`);

  it('shrinks each title’s mean reward towards the overall mean', () => {
    const log = users.flatMap((userId) => [
      { userId, title: 1, reward: 1 },
      { userId, title: 2, reward: 0 },
    ]);
    const rewardOf = crossFittedRewards(log);
    expect(rewardOf('u-0', 3)).toBeCloseTo(0.5, 12);
    expect(rewardOf('u-0', 1)).toBeGreaterThan(0.9);
    expect(rewardOf('u-0', 1)).toBeLessThan(1);
    expect(rewardOf('u-0', 2)).toBeLessThan(0.1);
  });

  it('does not depend on the rewards of the user', () => {
    const log = users.map((userId) => ({ userId, title: 1, reward: 0 }));
    const lucky = log.map((one) => (one.userId === 'u-7' ? { ...one, reward: 1 } : one));
    expect(crossFittedRewards(lucky)('u-7', 1)).toBe(crossFittedRewards(log)('u-7', 1));
    const others = users.filter((userId) => crossFittedRewards(lucky)(userId, 1) > crossFittedRewards(log)(userId, 1));
    expect(others.length).toBeGreaterThan(users.length / 2);
  });

  it('expects nothing of an empty log', () => {
    expect(crossFittedRewards([])('u-1', 1)).toBe(0);
  });
});
