import { isDeepStrictEqual } from 'node:util';
import type { Case, Mismatch, Requirement } from '../../../academy/judging/function-check-types.ts';
import { functionCheckpoint } from '../../../academy/runners/pure-function-checkpoint.ts';
import { isMismatch, readSlates, type Slates } from './judge/compare-slate-items-with-scene.ts';
import { REQUESTS, type Scene, type Scenes, scenesOf } from './judge/generate-explore-requests.ts';
import { isPlausible, type PositionTally, tallies } from './judge/tally-explored-positions.ts';

/** Returns a case for all requests of a scene. @param differs is called if the log would accept all slates */
const caseOf = (
  scene: Scene,
  expected: string,
  differs: (slates: Slates, scene: Scene) => Mismatch | undefined,
): Case => ({
  args: scene.args,
  through: 'exploreMany',
  input: `${scene.requestIds.length} requests: ${scene.name}`,
  expected,
  mismatch: (value) => {
    const read = readSlates(value, scene);
    return isMismatch(read) ? read : differs(read, scene);
  },
});

/** Returns a requirement on what happened at each position, for all scenes with dice. */
const perPosition = (
  rule: Omit<Requirement, 'cases'> & { readonly expected: string },
  { dice }: Scenes,
  differs: (tally: PositionTally, scene: Scene) => Mismatch | undefined,
): Requirement => ({
  says: rule.says,
  why: rule.why,
  cases: dice.map((scene) =>
    caseOf(scene, rule.expected, (slates) => {
      for (const tally of tallies(slates, scene)) {
        const mismatch = differs(tally, scene);
        if (mismatch) return mismatch;
      }
      return undefined;
    }),
  ),
});

const hasForm = ({ dice }: Scenes): Requirement => ({
  says: 'returns one item per position, in the form of the log',
  why: 'Models learn from the log of exposures, which accepts only complete items.',
  cases: dice.map((scene) => caseOf(scene, 'one item per position', () => undefined)),
});

const staysStill = ({ still }: Scenes): Requirement => ({
  says: 'returns the slate with propensity 1 if it cannot explore',
  why: 'A title that is certain to be shown has propensity 1. With fewer titles in the pool than positions, sampling without repetition is impossible.',
  cases: still.map((scene) =>
    caseOf(scene, 'the slate with propensity 1', (slates, { slate }) => {
      const expected = slate.map((title, i) => ({ ...title, position: i + 1, propensity: 1 }));
      const other = slates.find((each) => !isDeepStrictEqual([...each], expected));
      return other && { expected: 'each title of the slate with propensity 1', got: shown(other) };
    }),
  ),
});

const showsOnce = ({ dice }: Scenes): Requirement => ({
  says: 'shows no title twice in a slate',
  why: 'The viewer sees the repeated film as a bug, and the second position is wasted.',
  cases: dice.map((scene) =>
    caseOf(scene, 'different titles at all positions', (slates) => {
      const idsOf = (slate: Slates[number]) => slate.map(({ titleId }) => titleId);
      const repeats = slates.filter((slate) => new Set(idsOf(slate)).size < slate.length);
      const [first] = repeats;
      if (!first) return undefined;
      const got = `${idsOf(first).join(', ')}, and a repeated title in ${repeats.length} of ${slates.length} slates`;
      return { expected: 'different titles at all positions', got };
    }),
  ),
});

const repeats = ({ repeated }: Scenes): Requirement => ({
  says: 'explores the same request in the same way',
  why: 'A client that lost the response repeats the request, with the same id. If the second response contains another slate, the log and the screen disagree.',
  cases: [
    caseOf(repeated, 'the same slate for the same request id', (slates, { requestIds }) => {
      const last = slates.length - 1;
      const index = slates.findIndex((slate, i) => !isDeepStrictEqual(slate, slates[last - i]));
      const [first, second] = [slates[index], slates[last - index]];
      if (!first || !second) return undefined;
      const got = `first ${shown(first)}, then ${shown(second)}`;
      return { expected: `the same slate twice for ${requestIds[index]}`, got };
    }),
  ],
});

const percent = (times: number, of: number) => `${((100 * times) / of).toFixed(1)} %`;

const exploresShare = ({ dice }: Scenes): Requirement => ({
  says: 'explores each position with probability `share`, independently of the others',
  why: 'Explored positions are the price that the company pays for learning. If positions always explored together, only a few viewers would bear this cost.',
  cases: dice.map((scene) =>
    caseOf(scene, 'the share of explored positions', (slates, { share, slate }) => {
      const explored = slates.map((items) => items.map(({ titleId }, i) => titleId !== slate[i]?.titleId));
      const positions = [...slate.keys()];
      const one = positions.find((i) => !isPlausible(count(explored, [i]), REQUESTS, share));
      if (one !== undefined) {
        const got = `${percent(count(explored, [one]), REQUESTS)} of the requests`;
        return { expected: `position ${one + 1} explores in about ${percent(share, 1)} of the requests`, got };
      }
      const pairs = positions.flatMap((i) => positions.filter((j) => j > i).map((j) => [i, j] as const));
      const pair = pairs.find((both) => !isPlausible(count(explored, both), REQUESTS, share ** 2));
      if (!pair) return undefined;
      const [i, j] = pair;
      const got = `${percent(count(explored, pair), REQUESTS)} of the requests`;
      return {
        expected: `positions ${i + 1} and ${j + 1} both explore in about ${percent(share ** 2, 1)} of the requests`,
        got,
      };
    }),
  ),
});

/** Counts the slates in which all of these positions explored. */
const count = (explored: readonly (readonly boolean[])[], positions: readonly number[]): number =>
  explored.filter((slate) => positions.every((i) => slate[i])).length;

/** Without an explored title, a requirement on explored titles would pass for no reason. */
const neverExplored = (position: number): Mismatch => ({
  expected: `explored titles at position ${position}`,
  got: `no explored title at position ${position}`,
});

const choosesEvenly = (scenes: Scenes): Requirement =>
  perPosition(
    {
      says: 'chooses each title of the pool equally often',
      why: 'The propensity of an explored title is right only if all titles of the pool have the same chance.',
      expected: 'each title of the pool equally often',
    },
    scenes,
    ({ position, explored, perTitle }, { pool }) => {
      if (explored === 0) return neverExplored(position);
      const uneven = [...perTitle].find(([, times]) => !isPlausible(times, explored, 1 / pool.length));
      if (!uneven) return undefined;
      const [titleId, times] = uneven;
      const expected = `${titleId} in about ${percent(1, pool.length)} of the ${explored} draws at position ${position}`;
      return { expected, got: `${percent(times, explored)} of them` };
    },
  );

const WHY_WEIGHT =
  'An estimate divides each play by its propensity. With a wrong propensity, the play counts too much or too little.';

/** Returns the effect of a wrong propensity on estimates. */
const whyWeight = (propensity: number, probability: number): string =>
  propensity > probability
    ? 'An estimate divides each play by its propensity. This one is greater than the true probability, so each play counts too little.'
    : 'An estimate divides each play by its propensity. This one is smaller than the true probability, so each play counts too much.';

const knowsKept = (scenes: Scenes): Requirement =>
  perPosition(
    {
      says: 'logs the probability with which it keeps a title of the slate',
      why: WHY_WEIGHT,
      expected: 'the probability with which the title keeps its position',
    },
    scenes,
    ({ position, kept, keptPropensities }, { slate }) => {
      const titleId = slate[position - 1]?.titleId ?? '';
      const mixed = oneValue(titleId, position, keptPropensities);
      if (mixed) return mixed;
      const wrong = [...keptPropensities].find((propensity) => !isPlausible(kept, REQUESTS, propensity));
      if (wrong === undefined) return undefined;
      const expected = `about ${(kept / REQUESTS).toFixed(3)}: ${titleId} kept position ${position} in ${kept} of ${REQUESTS} requests`;
      return { expected, got: `propensity ${wrong.toFixed(3)}`, why: whyWeight(wrong, kept / REQUESTS) };
    },
  );

const knowsExplored = (scenes: Scenes): Requirement =>
  perPosition(
    {
      says: 'logs the probability with which it shows an explored title',
      why: WHY_WEIGHT,
      expected: 'the probability with which this title is shown at this position',
    },
    scenes,
    ({ position, explored, propensities }, { pool }) => {
      if (explored === 0) return neverExplored(position);
      for (const [titleId, values] of propensities) {
        const mixed = oneValue(titleId, position, values);
        if (mixed) return mixed;
        // All titles of the pool together give a more exact frequency than one of them.
        const wrong = [...values].find((propensity) => !isPlausible(explored, REQUESTS, capped(propensity, pool)));
        const each = explored / REQUESTS / pool.length;
        const expected = `about ${each.toFixed(3)}: position ${position} showed one of ${pool.length} titles in ${explored} of ${REQUESTS} requests`;
        if (wrong === undefined) continue;
        return { expected, got: `propensity ${wrong.toFixed(3)} for ${titleId}`, why: whyWeight(wrong, each) };
      }
      return undefined;
    },
  );

/** Returns the probability that a position explores, if each title of the pool had this propensity. */
const capped = (propensity: number, pool: readonly string[]): number => Math.min(1, propensity * pool.length);

/** Compares the propensities of one title at one position, which differ by rounding errors at most. */
function oneValue(titleId: string, position: number, values: ReadonlySet<number>): Mismatch | undefined {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (values.size === 0 || high - low <= ROUNDING) return undefined;
  return {
    expected: `one probability for ${titleId} at position ${position}, before any die is rolled`,
    got: `${low.toFixed(3)} in one request, ${high.toFixed(3)} in another`,
  };
}

const ROUNDING = 1e-9;

const shown = (slate: Slates[number]): string =>
  slate.map(({ titleId, propensity }) => `${titleId} (${propensity.toFixed(3)})`).join(', ');

export const checkpoint = functionCheckpoint({
  seam: 'explore',
  helpers: { file: `${import.meta.dirname}/judge/call-explore-per-request.ts` },
  requirements: (seed) => {
    const scenes = scenesOf(seed);
    const all = [hasForm, staysStill, showsOnce, repeats, exploresShare, choosesEvenly, knowsKept, knowsExplored];
    return all.map((requirement) => requirement(scenes));
  },
});
