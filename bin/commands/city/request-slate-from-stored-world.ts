import { BrickError } from '#domain/core/brick-error.ts';
import { Problem, RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { type OnlineTitle, titleKey, userKey } from '#domain/features/feature-names-and-online-items.ts';
import { table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import { WorldNotFound, type WorldOptions } from '../../home/find-existing-world.ts';
import { type RunningWorld, withWorldRuntime } from '../../home/open-world-runtime.ts';

export interface RecommendOptions extends WorldOptions {
  readonly user: string;
  /** Number of titles. */
  readonly k: number;
}

/** The API rejected the request. The error contains the API's own explanation. */
class RecommendationRejected extends BrickError {
  override readonly code = 'BRICK_RECOMMENDATION_REFUSED';
}

interface Recommendation extends RecommendReply {
  readonly world: string;
  /** Whether the online store has an item for the user. */
  readonly knownUser: boolean;
  /** Number of titles that the user has played. */
  readonly seen: number;
  readonly items: (RecommendReply['items'][number] & {
    readonly genres: readonly string[];
    readonly year: number | null;
  })[];
}

/** Requests recommendations for a user from the service of a world, at the world's current time. */
export const recommend = (options: RecommendOptions, terminal: Terminal): Promise<number> =>
  withWorldRuntime(options, async (world) => {
    if (world.newest === undefined) throw new WorldNotFound(world.name);
    const recommendation = await request(world, options);
    if (options.json) terminal.out(JSON.stringify(recommendation));
    else print(recommendation, terminal);
    return 0;
  });

async function request({ runtime, name }: RunningWorld, { user, k }: RecommendOptions): Promise<Recommendation> {
  const { api, ports } = runtime;
  const query = new URLSearchParams({ userId: user, k: String(k) });
  const { status, body } = await api({ method: 'GET', path: `/v1/recommendations?${query}` });
  const content = JSON.parse(body) as unknown;
  if (status !== 200) throw new RecommendationRejected(Problem.parse(content));
  const reply = RecommendReply.parse(content);
  const profile = await ports.features.get<{ seen: string[] }>(userKey(user));
  const titles = await ports.features.getMany<OnlineTitle>(reply.items.map(({ titleId }) => titleKey(titleId)));
  const items = reply.items.map((item, i) => ({
    ...item,
    genres: titles[i]?.genres ?? [],
    year: titles[i] ? new Date(titles[i].releasedAt).getUTCFullYear() : null,
  }));
  return { ...reply, world: name, knownUser: profile !== undefined, seen: profile?.seen.length ?? 0, items };
}

const DIGITS = 3;

function print(recommendation: Recommendation, terminal: Terminal): void {
  for (const line of headline(recommendation)) terminal.say(line);
  const rows = recommendation.items.map(({ position, name, year, genres, score, source }) => [
    `${position}. ${name}${year === null ? '' : ` (${year})`}`,
    genres.join(', '),
    source,
    score.toFixed(Number.isInteger(score) ? 0 : DIGITS),
  ]);
  for (const line of table([['title', 'genres', 'source', 'score'], ...rows])) terminal.out(line);
}

function headline({ world, userId, knownUser, seen, policy, modelVersion, degraded, items }: Recommendation): string[] {
  const user = knownUser
    ? `User ${userId} has played ${seen} titles.`
    : `User ${userId} is unknown in the world ${world} (cold start): popular titles are recommended.`;
  const model = modelVersion === null ? '' : `, model ${modelVersion}`;
  return [
    user,
    `${items.length} titles in the world ${world}, ranked by the policy ${policy}${model}:`,
    ...(degraded === null ? [] : [`The response is degraded: ${degraded}`]),
  ];
}
