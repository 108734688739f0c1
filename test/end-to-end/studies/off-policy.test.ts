import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { covers, type PolicyEvaluation } from '#domain/experiments/off-policy-estimators.ts';
import { estimate, runTrial, type Trial } from '../../../localstack/embedded/studies/off-policy/off-policy-trial.ts';
import { TARGETS } from '../../../localstack/embedded/studies/off-policy/target-policies.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const SIZE = { agents: 2_500, titles: 20, days: 3, explorationShare: 0.5 };
const ENOUGH = 9;
const ESTIMATORS = ['ips', 'snips', 'doublyRobust'] as const;
type PropensityOf = Parameters<typeof estimate>[2];

const trials: Trial[] = [];
beforeAll(async () => {
  for (const seed of SEEDS) {
    const folder = mkdtempSync(join(tmpdir(), 'agentbricks-off-policy-'));
    trials.push(await runTrial({ ...SIZE, seed }, folder));
    rmSync(folder, { recursive: true });
  }
}, 300_000);

type Target = (typeof TARGETS)[number];
const judgements = new Map<Target, Map<PropensityOf, readonly PolicyEvaluation[]>>();

/** Returns one evaluation of the target per world. `wrong` replaces the logged propensities. */
function judged(target: Target, wrong: PropensityOf): readonly PolicyEvaluation[] {
  const byMistake = judgements.get(target) ?? new Map<PropensityOf, readonly PolicyEvaluation[]>();
  judgements.set(target, byMistake);
  const known = byMistake.get(wrong) ?? trials.map((trial) => estimate(trial, target, wrong));
  byMistake.set(wrong, known);
  return known;
}

/** Returns the number of worlds in which `holds` returns true. */
const worldsWhere = (
  target: Target,
  holds: (judged: PolicyEvaluation, truth: number) => boolean,
  wrong?: PropensityOf,
) =>
  judged(target, wrong).filter((one, world) => holds(one, trials[world]?.truth.get(target.name) ?? Number.NaN)).length;

describe.each(TARGETS)('the evaluation of the policy "$name" on the log of another', (target) => {
  it.each(ESTIMATORS)('has an interval of %s that contains the true value on nine of ten seeds', (estimator) => {
    expect(worldsWhere(target, (judged, truth) => covers(judged[estimator], truth))).toBeGreaterThanOrEqual(ENOUGH);
  });

  it('has a mean weight of 1 within its interval', () => {
    expect(worldsWhere(target, ({ weight }) => covers(weight, 1))).toBeGreaterThanOrEqual(ENOUGH);
  });

  it('detects a log that ignores that only half of the requests were explored', () => {
    const forgetful: PropensityOf = ({ propensity }) =>
      propensity < SIZE.explorationShare ? propensity / SIZE.explorationShare : propensity;
    expect(worldsWhere(target, ({ ips }, truth) => covers(ips, truth), forgetful)).toBeLessThan(ENOUGH);
    expect(worldsWhere(target, ({ weight }) => covers(weight, 1), forgetful)).toBeLessThan(ENOUGH);
  });
});

it('a log that claims uniform propensities, although popularity decided, is detected', () => {
  const pureChance: PropensityOf = ({ context }) => 1 / context.allowed.length;
  const [random = TARGETS[0]] = TARGETS;
  if (!random) throw new Error('there is no target');
  for (const estimator of ['ips', 'snips'] as const) {
    expect(worldsWhere(random, (judged, truth) => covers(judged[estimator], truth), pureChance)).toBeLessThan(ENOUGH);
  }
});

it('the trials are informative: policies differ in value, and the logs contain plays', () => {
  for (const { truth, requests } of trials) {
    const values = TARGETS.map(({ name }) => truth.get(name) ?? 0);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0);
    const played = requests.reduce((sum, { reward }) => sum + reward, 0);
    expect(played).toBeGreaterThan(requests.length / 20);
    expect(played).toBeLessThan(requests.length);
  }
});
