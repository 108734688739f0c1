import { slateMaker } from '../../../functions/recommendation/slate/make-slate.ts';
import type { Universe } from '../../../functions/universe/worlds/films/create-universe.ts';
import { hangGuard } from '../../../layers/adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { HOUR } from '../../../layers/domain/core/time.ts';
import { type OnlineUser, userKey } from '../../../layers/domain/features/feature-names-and-online-items.ts';
import { CITY_STARTS_AT, restoreUniverse } from '../../../localstack/embedded/city/simulate-until.ts';
import type { CitySize } from '../../../localstack/embedded/city/state/persist-size-and-phase.ts';
import { simulatedClock } from '../../../localstack/embedded/city/state/simulated-clock.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import { type Figure, figure } from '../harness/figures-and-interleaved-rounds.ts';

/** Number of titles in a slate. */
const K = 10;
/** Maximum number of users per group of newcomers. */
const MOST_USERS = 250;
/** Numbers of plays, one per group of newcomers. The last group also contains the users with more plays. */
const PLAYS = [0, 1, 2, 3, 5, 7] as const;
type Slates = Readonly<Record<'model' | 'popular', (userId: string, requestId: string) => Promise<readonly string[]>>>;

/**
 * Measures the true utility of slates for each group of newcomers, as a fraction of the popularity-to-oracle gap. The
 * slates contain no exploration and are requested one hour after the first week. The city's tables are still in that
 * state, because its twins ran in forks.
 */
export async function newcomers(dataDir: string, size: CitySize): Promise<Figure[]> {
  const clock = simulatedClock(CITY_STARTS_AT);
  const { universe, hoursDone } = restoreUniverse(size, dataDir);
  clock.set(CITY_STARTS_AT + (hoursDone + 1) * HOUR);
  const guard = hangGuard();
  await using runtime = await openRuntime({ dataDir, now: clock.now, deadlines: guard });
  const maker = (policy: 'champion' | 'popular') => {
    const make = slateMaker({ ...runtime.ports, settings: { policy, holdbackShare: 0, explorationShare: 0 } });
    return async (userId: string, requestId: string) =>
      (await make({ userId, k: K }, requestId)).items.map(({ titleId }) => titleId);
  };
  const slates: Slates = { model: maker('champion'), popular: maker('popular') };
  const users = Array.from({ length: size.agents }, (_, agent) => agent);
  const profiles = await runtime.ports.features.getMany<OnlineUser>(
    users.map((agent) => userKey(universe.userId(agent))),
  );
  const figures: Figure[] = [];
  for (const [i, plays] of PLAYS.entries()) {
    const last = i === PLAYS.length - 1;
    const are = (agent: number) => {
      const seen = profiles[agent]?.seen.length;
      return last ? (seen ?? 0) >= plays : seen === plays;
    };
    const mine = users.filter(are).slice(0, MOST_USERS);
    if (mine.length > 0) figures.push(...(await newcomerFigures(plays, mine, hoursDone + 1, universe, slates)));
  }
  guard.check();
  return figures;
}

async function newcomerFigures(
  plays: number,
  agents: readonly number[],
  hour: number,
  universe: Universe,
  { model, popular }: Slates,
): Promise<Figure[]> {
  const titles = new Map(Array.from({ length: universe.size.titles }, (_, title) => [universe.titleId(title), title]));
  const worth = (agent: number, titleIds: readonly string[]) =>
    titleIds.reduce((sum, id) => sum + universe.trueUtility(agent, titles.get(id) ?? 0, hour), 0) / titleIds.length;
  const sums = { model: 0, popular: 0, oracle: 0 };
  for (const agent of agents) {
    const [userId, requestId] = [universe.userId(agent), `r-${agent}`];
    sums.model += worth(agent, await model(userId, requestId));
    sums.popular += worth(agent, await popular(userId, requestId));
    const best = universe.oracleSlate({ agent, hour }, K);
    sums.oracle += best.reduce((sum, { score }) => sum + score, 0) / best.length;
  }
  const mean = (sum: number) => [sum / agents.length];
  const bench = `closed-loop.newcomers-${plays}`;
  const share = (sums.model - sums.popular) / (sums.oracle - sums.popular);
  return [
    figure({ bench: `${bench}-share`, unit: '', rounds: [share] }),
    figure({
      bench: `${bench}-utility`,
      unit: 'utils',
      rounds: mean(sums.model),
      peer: { name: 'popular here', rounds: mean(sums.popular) },
    }),
  ];
}
