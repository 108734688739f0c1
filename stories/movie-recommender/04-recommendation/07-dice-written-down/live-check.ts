import type { Estimate } from '#domain/core/paired-and-bootstrap-estimates.ts';
import type { OffPolicyFigures } from '#domain/experiments/live-check-figure-types.ts';
import { covers } from '#domain/experiments/off-policy-estimators.ts';
import {
  failedCode,
  type LiveCheck,
  type LiveFigure,
  type LiveReport,
  type OffPolicyRequest,
  type OffPolicyWorld,
  reported,
} from '../../../academy/judging/live-check-types-and-reports.ts';

/** Size of one world. Smaller worlds are for tests. */
export type WorldSize = Omit<OffPolicyRequest, 'seeds' | 'seams'> & { readonly worlds: number };

const SIZE: WorldSize = { worlds: 10, agents: 600, titles: 12, days: 1, explorationShare: 0.8 };

/**
 * Most standard errors by which the mean of all worlds may differ from the true value. In 200 worlds with the
 * reference, means of ten differed by 0.0 ± 0.7 standard errors for the estimate, and −1.1 ± 0.9 for the weight, which
 * is a little small because the service learns of a play only at the end of the hour. So a right solution fails in less
 * than one of 10,000 runs. Propensities that count one title too many differ by 16.
 */
const MOST_ERRORS = 5;
/** Standard normal quantile of a 95 % interval. */
const Z95 = 1.96;
/** Policy that is evaluated on the log, although it never ran: a random title. */
const POLICY = 'random';
/** Largest seed of a world is 10 times this number. */
const SEEDS = 100_000;

const COVERED = 'worlds whose interval contains the true value';
const ESTIMATED = 'estimated plays per request, if each title were random';
const WEIGHT = 'mean weight';

/** Returns the live check of this step. @param size @default - ten worlds */
export const liveCheck = (size: WorldSize = SIZE): LiveCheck => ({
  predicts: COVERED,
  run: ({ file }, seed, ports) => {
    const { worlds, ...each } = size;
    const seeds = Array.from({ length: worlds }, (_, world) => (seed % SEEDS) * worlds + world);
    return reported(async () => {
      const { ran, code } = await ports.runOffPolicyWorlds({ ...each, seeds, seams: { explore: file } });
      return failedCode(code) ?? judge(ran);
    });
  },
});

export const live = liveCheck();

type Side = Pick<OffPolicyWorld, 'yours' | 'reference'>;
const SIDES = ['yours', 'reference'] as const satisfies readonly (keyof Side)[];

function judge(worlds: readonly OffPolicyWorld[]): LiveReport {
  const of = (side: keyof Side) => worlds.flatMap((world) => world[side][POLICY] ?? []);
  const [yours, reference] = SIDES.map(of) as [OffPolicyFigures[], OffPolicyFigures[]];
  const count = (worldsOf: readonly OffPolicyFigures[], holds: (figures: OffPolicyFigures) => boolean) =>
    worldsOf.filter(holds).length;
  const isCovered = ({ ips, truth }: OffPolicyFigures) => covers(ips, truth);
  const estimate = pooled(yours.map(({ ips, truth }) => shifted(ips, -truth)));
  const weight = pooled(yours.map((each) => shifted(each.weight, -1)));
  const figures = [
    { name: COVERED, yours: count(yours, isCovered), reference: count(reference, isCovered) },
    estimated(ESTIMATED, yours, reference, ({ ips }) => ips, 'the true value'),
    exact('true plays per request, if each title were random', yours, reference),
    estimated(WEIGHT, yours, reference, (each) => each.weight, '1'),
  ];
  const shownBy = isFar(weight) ? shownByWeight(1 + weight.value) : undefined;
  const predicted = {
    name: COVERED,
    truth: count(yours, isCovered),
    measuredWith: 'your code' as const,
    ...(shownBy && { shownBy }),
  };
  const problem = isFar(estimate) ? WRONG_ESTIMATE : isFar(weight) ? WRONG_WEIGHT : undefined;
  return { outcome: problem ? 'failed' : 'passed', figures, predicted, ...(problem && { problem }) };
}

/** Returns whether an error is too large to be chance. */
const isFar = ({ value, low, high }: Estimate): boolean => !(Math.abs(value) <= (MOST_ERRORS * (high - low)) / 2 / Z95);

const shifted = ({ value, low, high }: Estimate, by: number): Estimate => ({
  ...{ value: value + by, low: low + by, high: high + by },
});

const WRONG_ESTIMATE = {
  what: 'averaged over all worlds, the estimate from your log misses the true value',
  why: 'the estimate divides each play by the propensity that you logged, so a wrong propensity gives a wrong estimate',
  fix: 'Compare the mean weight with 1: if it is greater, the logged propensities are too small; if it is smaller, they are too large',
};

const shownByWeight = (weight: number): string =>
  `The intervals are wide, so most of them may contain the true value even if the log is wrong. Look at the mean weight: it is ${weight.toFixed(DIGITS)}, and would be about 1 with a correct log.`;

/** Decimals of the mean weight in a sentence. */
const DIGITS = 3;

const WRONG_WEIGHT = {
  what: 'averaged over all worlds, the mean weight from your log is not 1',
  why: 'the expected mean weight is 1 if each logged propensity is the true probability of the title that was shown',
  fix: 'Check the propensities of both kinds of titles: those that stayed and those that replaced another one',
};

const exact = (
  name: string,
  yours: readonly OffPolicyFigures[],
  reference: readonly OffPolicyFigures[],
): LiveFigure => ({
  name,
  yours: meanOf(yours.map(({ truth }) => truth)),
  reference: meanOf(reference.map(({ truth }) => truth)),
});

function estimated(
  name: string,
  yours: readonly OffPolicyFigures[],
  reference: readonly OffPolicyFigures[],
  estimateOf: (figures: OffPolicyFigures) => Estimate,
  truth: string,
): LiveFigure {
  const { value, low, high } = pooled(yours.map(estimateOf));
  const required = `within ${MOST_ERRORS} standard errors of ${truth}`;
  return { name, yours: value, reference: pooled(reference.map(estimateOf)).value, low, high, required };
}

/** Returns the mean of independent estimates. The interval's width shrinks with the number of worlds. */
function pooled(estimates: readonly Estimate[]): Estimate {
  const value = meanOf(estimates.map((each) => each.value));
  const squares = estimates.reduce((sum, { low, high }) => sum + ((high - low) / 2) ** 2, 0);
  const margin = Math.sqrt(squares) / estimates.length;
  return { value, low: value - margin, high: value + margin };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
