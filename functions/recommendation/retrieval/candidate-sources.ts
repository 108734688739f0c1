import { DAY } from '#domain/core/time.ts';
import type { SlateItem } from '#domain/events/exposures.ts';
import type { CatalogueTitles } from '../catalogue/catalogue.ts';
import type { PopularTitles } from '../catalogue/popularity.ts';
import type { Champion } from '../model/serving-model.ts';
import type { Budget } from '../resilience/latency-budget.ts';

const FROM_INDEX = 200;
const FROM_POPULAR = 50;
const LIKE_RECENT = 20;
/** Last plays that make up a session: enough for a mood, few enough to follow it. */
export const SESSION_PLAYS = 3;
const NEW_RELEASES = 20;
const NEW_FOR = 14 * DAY;

/** What a source may look at. */
export interface Asked {
  readonly champion: Champion;
  /** Rows of the user's last plays, newest first; one at least. */
  readonly played: Int32Array;
  /** The user's vector, made once for all who ask for it. */
  readonly vector: () => Promise<Float32Array>;
  readonly titles: CatalogueTitles;
  /** Start of the hour, UTC epoch ms. */
  readonly at: number;
  readonly popularHere: () => Promise<PopularTitles>;
}

/** A title by its row in the model; by its id where the model does not know it. */
export type Named = number | string;

/** One way to find titles worth ranking, best first. What it finds may be unknown to the model or not allowed: others sort that out. */
export interface CandidateSource {
  readonly name: SlateItem['source'];
  find(asked: Asked): Promise<ArrayLike<Named>>;
}

/** Near the user, by the user tower's vector. */
const nearTheUser: CandidateSource = {
  name: 'index',
  async find({ champion, vector }) {
    return (await champion.index.search(await vector(), FROM_INDEX)).rows;
  },
};

/** Because you watched: near each of the last plays, in turn. It needs no tower and no index, so it works from the first play. */
const becauseYouWatched: CandidateSource = {
  name: 'recently-watched',
  async find({ champion: { similar, titles }, played }) {
    const width = similar.length / titles.length;
    const last = played.subarray(0, SESSION_PLAYS);
    const each = Math.min(width, Math.ceil(LIKE_RECENT / last.length));
    return Int32Array.from({ length: each * last.length }, (_, i) => {
      const row = last[i % last.length] as number;
      return similar[row * width + Math.floor(i / last.length)] as number;
    });
  },
};

const popularHere: CandidateSource = {
  name: 'popular-here',
  async find({ champion, popularHere }) {
    const popular = await popularHere();
    return named(champion, popular, () => firstOf(popular.titleIds, FROM_POPULAR));
  },
};

function firstOf(titleIds: Iterable<string>, count: number): readonly string[] {
  const first: string[] = [];
  for (const titleId of titleIds) if (first.push(titleId) === count) break;
  return first;
}

const newReleases: CandidateSource = {
  name: 'new-release',
  async find({ champion, titles, at }) {
    const newest = newestOf(titles, at);
    return named(champion, newest, () => newest);
  },
};

/** Found once for the same champion and the same list: many users ask for both. */
const known = new WeakMap<Champion, WeakMap<object, readonly Named[]>>();

/** @param list what stands for the titles: another list is another object */
function named(champion: Champion, list: object, titleIds: () => readonly string[]): readonly Named[] {
  const lists = known.get(champion) ?? new WeakMap<object, readonly Named[]>();
  known.set(champion, lists);
  const names = lists.get(list) ?? titleIds().map((titleId) => champion.rowOf.get(titleId) ?? titleId);
  lists.set(list, names);
  return names;
}

/** In the order of whose name a title bears that several have found. */
export const SOURCES: readonly CandidateSource[] = [nearTheUser, becauseYouWatched, popularHere, newReleases];

/** The mean item vector of the last plays: stands for the user where the tower fails. Shape (dimensions) */
export function sessionVector(
  { vectors, dimensions }: Pick<Champion, 'vectors' | 'dimensions'>,
  played: Int32Array,
): Float32Array {
  const rows = played.subarray(0, SESSION_PLAYS);
  const mean = new Float32Array(dimensions);
  for (const row of rows) {
    for (let i = 0; i < dimensions; i++) mean[i] = (mean[i] ?? 0) + (vectors[row * dimensions + i] ?? 0) / rows.length;
  }
  return mean;
}

/** Found once per reading of the catalogue: looking through all titles at each request would cost more than ranking. */
const newest = new WeakMap<CatalogueTitles, { readonly at: number; readonly titleIds: readonly string[] }>();

function newestOf(titles: CatalogueTitles, at: number): readonly string[] {
  const known = newest.get(titles);
  if (known?.at === at) return known.titleIds;
  const titleIds = [...titles.values()]
    .filter(({ releasedAt }) => releasedAt <= at && at - releasedAt < NEW_FOR)
    .sort((a, b) => b.releasedAt - a.releasedAt || (a.titleId < b.titleId ? -1 : 1))
    .slice(0, NEW_RELEASES)
    .map(({ titleId }) => titleId);
  newest.set(titles, { at, titleIds });
  return titleIds;
}

/** What one source found, best first. */
export interface Found {
  readonly source: SlateItem['source'];
  readonly titles: ArrayLike<Named>;
}

export interface Gathered {
  readonly found: readonly Found[];
  /** A source that failed, with the reason. */
  readonly missing: readonly string[];
}

/** Asks all sources at once. One that fails or is late is missing; @throws the first failure when nothing was found at all */
export async function gather(
  asked: Asked,
  budget: Budget,
  sources: readonly CandidateSource[] = SOURCES,
): Promise<Gathered> {
  const answers = await Promise.allSettled(
    sources.map((source) => budget('retrieve', () => source.find(asked), source.name)),
  );
  const found: Found[] = [];
  const missing: string[] = [];
  answers.forEach((answer, i) => {
    const source = sources[i]?.name ?? 'index';
    if (answer.status === 'fulfilled') found.push({ source, titles: answer.value });
    else missing.push(`without ${source}: ${(answer.reason as Error).message}`);
  });
  const failed = answers.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failed && found.every(({ titles }) => titles.length === 0)) throw failed.reason;
  return { found, missing };
}
