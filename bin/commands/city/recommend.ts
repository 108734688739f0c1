import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';
import { Problem, RecommendReply } from '#domain/events/api-contract.ts';
import { type OnlineTitle, titleKey, userKey } from '#domain/features/features.ts';
import { latestIngest } from '../../../localstack/embedded/city/state/latest-ingest.ts';
import { openRuntime, type Runtime } from '../../../localstack/embedded/host/runtime.ts';
import { type Terminal, table } from '../../console/terminal.ts';
import { homeAt } from '../../home/home.ts';
import { explain } from './explain-slate.ts';

export interface RecommendOptions {
  readonly home: string;
  readonly user: string;
  readonly k: number;
  readonly world?: string;
  /** Each candidate's way through the pipeline instead of the slate alone. */
  readonly explain?: boolean;
  readonly json?: boolean;
}

export class NoWorldYet extends BrickError {
  override readonly code = 'BRICK_NO_WORLD_YET';
  constructor(world: string) {
    super({
      what: `there is no world ${world}`,
      why: 'nobody has lived in it, and nothing was imported',
      fix: 'Run `npm start`, or `agentbricks import movielens PATH`, first; `agentbricks status` names the worlds there are',
    });
  }
}

/** The service's own refusal, in its own words. */
export class RecommendationRefused extends BrickError {
  override readonly code = 'BRICK_RECOMMENDATION_REFUSED';
}

interface Answer extends RecommendReply {
  readonly world: string;
  /** Whether the service knows anything about the user. */
  readonly knownUser: boolean;
  /** Titles the user has played. */
  readonly seen: number;
  readonly items: (RecommendReply['items'][number] & {
    readonly genres: readonly string[];
    readonly year: number | null;
  })[];
}

/** Asks the service of a world what it would show a user now. */
export async function recommend(options: RecommendOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const world = options.world ?? home.currentWorld();
  const dataDir = home.world(world);
  if (!existsSync(join(dataDir, 'log.sqlite'))) throw new NoWorldYet(world);
  let now = 0;
  await using runtime = await openRuntime({ dataDir, now: () => now });
  const latest = await latestIngest(runtime.ports.eventLog);
  if (latest === undefined) throw new NoWorldYet(world);
  now = latest + 1;
  if (options.explain) {
    await explain(runtime.ports, options, terminal);
    return 0;
  }
  const answer = await ask(runtime, world, options);
  if (options.json) terminal.out(JSON.stringify(answer));
  else show(answer, terminal);
  return 0;
}

async function ask({ api, ports }: Runtime, world: string, { user, k }: RecommendOptions): Promise<Answer> {
  const query = new URLSearchParams({ userId: user, k: String(k) });
  const { status, body } = await api({ method: 'GET', path: `/v1/recommendations?${query}` });
  const content = JSON.parse(body) as unknown;
  if (status !== 200) throw new RecommendationRefused(Problem.parse(content));
  const reply = RecommendReply.parse(content);
  const profile = await ports.features.get<{ seen: string[] }>(userKey(user));
  const titles = await ports.features.getMany<OnlineTitle>(reply.items.map(({ titleId }) => titleKey(titleId)));
  const items = reply.items.map((item, i) => ({
    ...item,
    genres: titles[i]?.genres ?? [],
    year: titles[i] ? new Date(titles[i].releasedAt).getUTCFullYear() : null,
  }));
  return { ...reply, world, knownUser: profile !== undefined, seen: profile?.seen.length ?? 0, items };
}

const DIGITS = 3;

function show(answer: Answer, terminal: Terminal): void {
  for (const line of headline(answer)) terminal.say(line);
  const rows = answer.items.map(({ position, name, year, genres, score, source }) => [
    `${position}. ${name}${year === null ? '' : ` (${year})`}`,
    genres.join(', '),
    source,
    score.toFixed(Number.isInteger(score) ? 0 : DIGITS),
  ]);
  for (const line of table([['title', 'genres', 'source', 'score'], ...rows])) terminal.out(line);
}

function headline({ world, userId, knownUser, seen, policy, modelVersion, degraded, items }: Answer): string[] {
  const who = knownUser
    ? `User ${userId} has played ${seen} titles.`
    : `User ${userId} is not known in the world ${world}: a cold start, answered with what is popular.`;
  const by = modelVersion === null ? `the policy ${policy}` : `the policy ${policy}, version ${modelVersion}`;
  return [
    who,
    `${items.length} titles by ${by}, in the world ${world}:`,
    ...(degraded === null ? [] : [`This is a lesser answer than it should be: ${degraded}`]),
  ];
}
