import { type Outcomes, outcomesOf } from '../../../functions/universe/engine/compute-policy-result-and-lift.ts';
import { createWorld } from '../../../functions/universe/worlds/films/create-universe.ts';
import {
  BASELINE_POLICIES,
  type BaselinePolicyName,
} from '../../../functions/universe/worlds/films/policies/baseline-policies.ts';
import { simulate } from '../../../functions/universe/worlds/films/simulate-agents-with-baseline-policies.ts';
import { measureFrom } from '../../../functions/universe/worlds/films/world/mutable-agent-state.ts';
import { pairedRatio, pairingGain } from '../../../layers/domain/core/paired-and-bootstrap-estimates.ts';
import { atLeast, atMost, type Figure, figure } from '../harness/figures-and-interleaved-rounds.ts';

const SEEDS = [1, 2, 3, 4, 5];
const WEEK = 7 * 24;

/**
 * Measures how much twins reduce the variance compared with an A/B test on the same agents, and how much two twins
 * under the same policy differ.
 */
export function* twinsGain(agents: number): Generator<Figure> {
  const worlds = SEEDS.map((seed) => {
    const week2 = (shelf: BaselinePolicyName) => secondWeek(seed, agents, shelf);
    return { popular: week2('popular'), again: week2('popular'), talked: week2('talked') };
  });
  const arms = (a: Outcomes, b: Outcomes) => [a.utility, a.sessions, b.utility, b.sessions] as const;
  yield figure({
    bench: 'universe.twins-a-a-difference',
    unit: '',
    rounds: worlds.map(({ popular, again }) => Math.abs(pairedRatio(...arms(popular, again)).value)),
    target: atMost(0),
  });
  yield figure({
    bench: 'universe.twins-narrow-variance',
    unit: 'times',
    rounds: worlds.map(({ popular, talked }) => pairingGain(...arms(popular, talked))),
    target: atLeast(5),
  });
}

/**
 * Returns the outcomes of the second week under a policy. The first week, under popularity, is the same for all
 * policies.
 */
function secondWeek(seed: number, agents: number, shelf: BaselinePolicyName): Outcomes {
  const world = createWorld({ seed, agents, titles: 1_000, startAt: Date.UTC(2026, 0, 5) });
  live(simulate(world, 0, WEEK, BASELINE_POLICIES.popular));
  measureFrom(world.state, WEEK);
  live(simulate(world, WEEK, 2 * WEEK, BASELINE_POLICIES[shelf]));
  return outcomesOf(world.state);
}

function live(days: Iterable<unknown>): void {
  for (const _ of days);
}
