import { DAY } from '#domain/core/time.ts';
import type { CatalogueTitles } from '../catalogue/load-catalogue.ts';
import type { ServingModel } from '../model/load-and-cache-model-versions.ts';
import type { TitleRef } from './candidate-types.ts';
import type { CandidateSource } from './gather.ts';

/**
 * Maximum number of titles that each source finds. LIKE_RECENT is divided evenly among the last plays and rounded up, so
 * three plays find 21 titles.
 */
const FROM_INDEX = 200;
const FROM_POPULAR = 50;
const LIKE_RECENT = 20;
const NEW_RELEASES = 20;
/** Number of last plays that represent a session: enough to show its mood, and few enough to follow a change of it. */
export const SESSION_PLAYS = 3;
/** Age up to which a title is a new release, milliseconds. */
const NEW_FOR = 14 * DAY;

/** Finds the titles nearest to the user vector. */
const nearTheUser: CandidateSource = {
  name: 'index',
  async find({ model, vector }) {
    return (await model.index.search(await vector(), FROM_INDEX)).rows;
  },
};

/**
 * Finds the titles most similar to each of the last plays, in turn. It needs neither the user tower nor the index, and
 * one play is enough.
 */
const becauseYouWatched: CandidateSource = {
  name: 'recently-watched',
  async find({ model: { similar, titles }, played }) {
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
  async find({ model, popularHere }) {
    const popular = await popularHere();
    return refsOf(model, popular, () => firstOf(popular.titleIds, FROM_POPULAR));
  },
};

function firstOf(titleIds: Iterable<string>, count: number): readonly string[] {
  const first: string[] = [];
  for (const titleId of titleIds) if (first.push(titleId) === count) break;
  return first;
}

const newReleases: CandidateSource = {
  name: 'new-release',
  async find({ model, titles, at }) {
    const newest = newestOf(titles, at);
    return refsOf(model, newest, () => newest);
  },
};

/** All sources. The first source that finds a title is logged as its source. */
export const SOURCES: readonly CandidateSource[] = [nearTheUser, becauseYouWatched, popularHere, newReleases];

/** Translated lists, cached per model and list, because many users get the same list. */
const refs = new WeakMap<ServingModel, WeakMap<object, readonly TitleRef[]>>();

/** Replaces ids by the model's rows. @param list identifies the list in the cache; a changed list is another object */
function refsOf(model: ServingModel, list: object, titleIds: () => readonly string[]): readonly TitleRef[] {
  const ofModel = refs.get(model) ?? new WeakMap<object, readonly TitleRef[]>();
  refs.set(model, ofModel);
  const found = ofModel.get(list) ?? titleIds().map((titleId) => model.rowOf.get(titleId) ?? titleId);
  ofModel.set(list, found);
  return found;
}

/** Newest titles, cached per version of the catalogue and hour: a search through all titles costs more than ranking. */
const newest = new WeakMap<CatalogueTitles, { readonly at: number; readonly titleIds: readonly string[] }>();

function newestOf(titles: CatalogueTitles, at: number): readonly string[] {
  const cached = newest.get(titles);
  if (cached?.at === at) return cached.titleIds;
  const titleIds = [...titles.values()]
    .filter(({ releasedAt }) => releasedAt <= at && at - releasedAt < NEW_FOR)
    .sort((a, b) => b.releasedAt - a.releasedAt || (a.titleId < b.titleId ? -1 : 1))
    .slice(0, NEW_RELEASES)
    .map(({ titleId }) => titleId);
  newest.set(titles, { at, titleIds });
  return titleIds;
}

/**
 * Returns the mean item vector of the last plays. It replaces the user vector if the user tower fails. Shape
 * (dimensions)
 */
export function sessionVector(
  { vectors, dimensions }: Pick<ServingModel, 'vectors' | 'dimensions'>,
  played: Int32Array,
): Float32Array {
  const rows = played.subarray(0, SESSION_PLAYS);
  const mean = new Float32Array(dimensions);
  for (const row of rows) {
    for (let i = 0; i < dimensions; i++) mean[i] = (mean[i] ?? 0) + (vectors[row * dimensions + i] ?? 0) / rows.length;
  }
  return mean;
}
