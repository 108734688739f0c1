import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { recordsOf } from '#adapters/event-log/read-all-records.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { mean } from '#domain/core/paired-and-bootstrap-estimates.ts';
import { DAY, HOUR } from '#domain/core/time.ts';
import type { BatchSeams } from '#domain/events/all-bricks-seam-types.ts';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import type { Exposure } from '#domain/events/exposure-schemas.ts';
import { evaluatePolicy, type Logged, type PolicyEvaluation } from '#domain/experiments/off-policy-estimators.ts';
import { simulateHours } from '../../../../functions/universe/engine/simulation-loop.ts';
import { createUniverse, type Universe } from '../../../../functions/universe/worlds/films/create-universe.ts';
import {
  EMPTY_SLATE,
  type RequestSlate,
  serviceSlate,
} from '../../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import { CITY_STARTS_AT } from '../../city/simulate-until.ts';
import { simulatedClock } from '../../city/state/simulated-clock.ts';
import { openRuntime, type Runtime } from '../../host/open-runtime.ts';
import { crossFittedRewards } from './cross-fitted-rewards.ts';
import { type Context, TARGETS, type Target } from './target-policies.ts';

export interface TrialSize {
  readonly seed: number;
  readonly agents: number;
  readonly titles: number;
  readonly days: number;
  /** Probability that a request shows a randomly chosen title, 0 to 1. */
  readonly explorationShare: number;
}

/** The log of a trial, with the true values, which are computed from the universe's hidden state. */
export interface Trial {
  readonly requests: readonly Request[];
  /** True value of each target policy on these requests: the mean probability that the shown title is played. */
  readonly truth: ReadonlyMap<string, number>;
}

/** One exposure with its context and reward. */
interface Request {
  readonly context: Context;
  readonly title: number;
  readonly propensity: number;
  /** 1 if the shown title was played in that session, otherwise 0. */
  readonly reward: number;
}

/**
 * Simulates agents for some days with a service that shows one title at a time and explores. Then it reads the log, as an
 * off-policy evaluation would, and the true values from the universe. The service is the real one, from the request to the log.
 *
 * @param dataDir an empty folder
 * @param seams a learner's functions @default - the reference explores
 * @throws RunHung if the guard against hanging code fired
 */
export async function runTrial(
  size: TrialSize,
  dataDir: string,
  signal?: AbortSignal,
  seams: Partial<BatchSeams> = {},
): Promise<Trial> {
  const clock = simulatedClock(CITY_STARTS_AT);
  const { explorationShare } = size;
  const settings = { policy: 'popular', holdbackShare: 0, explorationShare } as const;
  const guard = hangGuard();
  const now = clock.now;
  await using runtime = await openRuntime({ dataDir, now, settings, deadlines: guard, logLevel: 'SILENT' });
  runtime.useSeams(seams);
  const universe = createUniverse({ ...size, startAt: CITY_STARTS_AT });
  const contexts = new Map<string, Context>();
  const truths = new Map(TARGETS.map(({ name }) => [name, [] as number[]]));
  const respond = observing(universe, serviceSlate(runtime.api, 1), contexts, truths);
  const settle = async () => runtime.settle(['update-online'], clock.now());
  await simulateHours(
    {
      universe,
      api: runtime.api,
      respond,
      duringOutage: EMPTY_SLATE,
      setClock: clock.set,
      checkpoint: () => {},
      settle,
      signal,
    },
    0,
    (size.days * DAY) / HOUR,
  );
  guard.check();
  const truth = new Map([...truths].map(([name, values]) => [name, mean(values)]));
  return { requests: await requestsOf(runtime, universe, contexts), truth };
}

/**
 * Returns a slate request that first records the context of the session and the true value of each target policy in it.
 */
function observing(
  universe: Universe,
  service: RequestSlate,
  contexts: Map<string, Context>,
  truths: ReadonlyMap<string, number[]>,
): RequestSlate {
  const releasedAt = universe.catalogueEvents().map((title) => title.releasedAt);
  return (session) => {
    const { requestId, userId, agent, hour } = session;
    const at = universe.size.startAt + hour * HOUR;
    const numbers = [...releasedAt.keys()].filter(
      (title) => (releasedAt[title] ?? 0) <= at && !universe.hasSeen(agent, title),
    );
    const context: Context = { requestId, userId, allowed: numbers, releasedAt };
    contexts.set(requestId, context);
    const chances = context.allowed.map((title) => universe.playProbabilityAtTop(session, title));
    for (const target of TARGETS) {
      const value = context.allowed.reduce(
        (sum, title, i) => sum + target.probability(context, title) * (chances[i] ?? 0),
        0,
      );
      truths.get(target.name)?.push(value);
    }
    return service(session);
  };
}

/** Joins exposures and plays of the log by request. */
async function requestsOf(
  { ports }: Runtime,
  universe: Universe,
  contexts: ReadonlyMap<string, Context>,
): Promise<Request[]> {
  const numberOf = new Map(universe.catalogueEvents().map(({ titleId }, title) => [titleId, title]));
  const played = new Map<string, string>();
  for await (const { value } of recordsOf(ports.eventLog, EVENTS)) {
    const event = JSON.parse(value) as StoredEvent;
    if (event.type === 'play' && event.requestId !== undefined) played.set(event.requestId, event.titleId);
  }
  const requests: Request[] = [];
  for await (const { value } of recordsOf(ports.eventLog, EXPOSURES)) {
    const { requestId, items } = JSON.parse(value) as Exposure;
    const [context, item] = [contexts.get(requestId), items[0]];
    if (!context || !item) continue;
    const title = numberOf.get(item.titleId) ?? 0;
    const reward = Number(played.get(requestId) === item.titleId);
    requests.push({ context, title, propensity: item.propensity, reward });
  }
  if (requests.length === 0) throw new NothingLogged();
  return requests;
}

export class NothingLogged extends BrickError {
  override readonly code = 'BRICK_NOTHING_LOGGED';
  constructor() {
    super({
      what: 'the simulation contains no sessions',
      why: 'no agent requested a slate, and a policy can only be evaluated on slates',
      fix: 'Simulate more agents or more days',
    });
  }
}

/**
 * Estimates the value of a target policy from the log.
 *
 * @param propensityOf returns the propensity of a request @default - the logged propensity
 */
export function estimate(
  { requests }: Pick<Trial, 'requests'>,
  target: Target,
  propensityOf: (request: Request) => number = ({ propensity }) => propensity,
): PolicyEvaluation {
  const guess = crossFittedRewards(
    requests.map(({ context, title, reward }) => ({ userId: context.userId, title, reward })),
  );
  return evaluatePolicy(
    requests.map((request): Logged => {
      const { context, title, reward } = request;
      const { userId, allowed } = context;
      const ofTarget = (sum: number, other: number) => sum + target.probability(context, other) * guess(userId, other);
      return {
        userId,
        reward,
        propensity: propensityOf(request),
        target: target.probability(context, title),
        guess: guess(userId, title),
        guessOfTarget: allowed.reduce(ofTarget, 0),
      };
    }),
  );
}
