import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomNumbers } from '#domain/core/philox-random.ts';
import { covers, evaluatePolicy, type Logged } from '#domain/experiments/off-policy-estimators.ts';

const unit = fc.double({ min: 0.01, max: 1, noNaN: true });
const normal = (values: readonly number[]) => values.map((value) => value / values.reduce((sum, one) => sum + one, 0));
/** Three actions: the probability of each under both policies, its reward, and a model's prediction. */
const world = fc.record({
  logged: fc.tuple(unit, unit, unit).map(normal),
  target: fc.tuple(unit, unit, unit).map(normal),
  rewards: fc.tuple(unit, unit, unit),
  guesses: fc.tuple(unit, unit, unit),
});
type Actions = { [Key in 'logged' | 'target' | 'rewards' | 'guesses']: readonly number[] };
const at = (values: readonly number[], i: number) => values[i] ?? Number.NaN;
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * at(b, i), 0);

const row = ({ logged, target, rewards, guesses }: Actions, action: number, userId = 'u'): Logged => ({
  userId,
  reward: at(rewards, action),
  propensity: at(logged, action),
  target: at(target, action),
  guess: at(guesses, action),
  guessOfTarget: dot(target, guesses),
});

/** Returns the expected estimate from a log of one action that is sampled from the logging policy. */
const expected = (actions: Actions, of: (log: readonly Logged[]) => number) =>
  actions.logged.reduce((sum, probability, action) => sum + probability * of([row(actions, action)]), 0);

/** Matches a number to 9 decimals, or NaN, which is the interval of a single user. */
const near = (value: number) => (Number.isNaN(value) ? Number.NaN : expect.closeTo(value, 9));

describe('an off-policy estimate', () => {
  it('is unbiased: IPS, and doubly robust for any predictions', () => {
    fc.assert(
      fc.property(world, (actions) => {
        const truth = dot(actions.target, actions.rewards);
        expect(expected(actions, (log) => evaluatePolicy(log).ips.value)).toBeCloseTo(truth, 9);
        expect(expected(actions, (log) => evaluatePolicy(log).doublyRobust.value)).toBeCloseTo(truth, 9);
        expect(expected(actions, (log) => evaluatePolicy(log).weight.value)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('by the doubly robust method is unbiased with wrong propensities if the predictions are right', () => {
    fc.assert(
      fc.property(world, fc.double({ min: 0.1, max: 1, noNaN: true }), (actions, factor) => {
        const wrong = { ...actions, guesses: actions.rewards, logged: actions.logged.map((one) => one * factor) };
        for (const action of [0, 1, 2]) {
          expect(evaluatePolicy([row(wrong, action)]).doublyRobust.value).toBeCloseTo(
            dot(wrong.target, wrong.rewards),
            9,
          );
        }
      }),
    );
  });

  const rows = fc.array(fc.tuple(world, fc.nat(2), fc.nat(5)), { minLength: 3, maxLength: 30 });
  const logOf = (some: readonly (readonly [Actions, number, number])[]) =>
    some.map(([actions, action, user]) => row(actions, action, `u-${user}`));

  it('of the logging policy itself is its mean reward', () => {
    fc.assert(
      fc.property(rows, (some) => {
        const log = logOf(some).map((logged) => ({ ...logged, target: logged.propensity }));
        const earned = log.reduce((sum, { reward }) => sum + reward, 0) / log.length;
        const { ips, snips, weight, effectiveSize } = evaluatePolicy(log);
        expect(ips.value).toBeCloseTo(earned, 9);
        for (const bound of ['value', 'low', 'high'] as const) expect(snips[bound]).toEqual(near(ips[bound]));
        expect(weight.value).toBeCloseTo(1, 9);
        expect(effectiveSize).toBeCloseTo(log.length, 6);
      }),
    );
  });

  it('by SNIPS does not depend on a common factor of the propensities, and shifts with the rewards', () => {
    fc.assert(
      fc.property(rows, unit, (some, factor) => {
        const log = logOf(some);
        const { snips } = evaluatePolicy(log);
        const scaled = evaluatePolicy(log.map((one) => ({ ...one, propensity: one.propensity * factor })));
        const moved = evaluatePolicy(log.map((one) => ({ ...one, reward: one.reward + 1 })));
        expect(scaled.snips.value).toBeCloseTo(snips.value, 9);
        expect(moved.snips.value).toBeCloseTo(snips.value + 1, 9);
      }),
    );
  });

  it('has intervals of the same width if every request is in the log twice', () => {
    fc.assert(
      fc.property(rows, (some) => {
        const log = logOf(some);
        const [once, twice] = [evaluatePolicy(log), evaluatePolicy([...log, ...log])];
        for (const name of ['ips', 'snips', 'doublyRobust'] as const) {
          expect(twice[name].high - twice[name].low).toEqual(near(once[name].high - once[name].low));
        }
      }),
    );
  });

  it('has intervals that contain the truth in 95 % of the worlds', () => {
    const actions: Actions = {
      logged: [0.6, 0.3, 0.1],
      target: [0.1, 0.3, 0.6],
      rewards: [0.2, 0.5, 0.7],
      guesses: [0.3, 0.3, 0.3],
    };
    const { uniform } = randomNumbers(7);
    const [worlds, users, perUser] = [400, 120, 3];
    const covered = { ips: 0, snips: 0, doublyRobust: 0 };
    for (let world = 0; world < worlds; world++) {
      const log = Array.from({ length: users * perUser }, (_, request) => {
        const user = Math.floor(request / perUser);
        const point = uniform(world, request, 1);
        const action = point < 0.6 ? 0 : point < 0.9 ? 1 : 2;
        // All requests of a user share one random number.
        const reward = Number(uniform(world, user, 2, action) < at(actions.rewards, action));
        return { ...row(actions, action, `u-${user}`), reward };
      });
      const estimates = evaluatePolicy(log);
      for (const name of ['ips', 'snips', 'doublyRobust'] as const) {
        covered[name] += Number(covers(estimates[name], dot(actions.target, actions.rewards)));
      }
    }
    for (const [name, times] of Object.entries(covered)) {
      expect(times / worlds, name).toBeGreaterThan(0.92);
      expect(times / worlds, name).toBeLessThan(0.98);
    }
  });

  it('rejects an invalid propensity, and has no estimate of a policy whose actions the log does not contain', () => {
    const known = row({ logged: [1], target: [1], rewards: [1], guesses: [1] }, 0);
    for (const propensity of [0, -1, 1.1, Number.NaN])
      expect(() => evaluatePolicy([{ ...known, propensity }])).toThrow('it must be above 0 and at most 1');
    const never = evaluatePolicy([
      { ...known, target: 0 },
      { ...known, target: 0, userId: 'v' },
    ]);
    expect(never).toMatchObject({ effectiveSize: 0, ips: { value: 0 }, weight: { value: 0, high: 0 } });
    expect(never.snips.value).toBeNaN();
    expect(covers(never.snips, 0)).toBe(false);
  });
});
