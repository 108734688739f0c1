import { MAX_SLATE } from '#domain/events/api-contract.ts';
import type { CatalogueTitles } from '../catalogue/catalogue.ts';
import type { PopularTitles } from '../catalogue/popularity.ts';
import type { Candidate } from '../exploration/explore.ts';
import type { TitleMatrix } from '../model/feature-matrix.ts';
import { RowSet } from '../model/row-bitset.ts';
import type { Champion } from '../model/serving-model.ts';
import type { Budget } from '../resilience/latency-budget.ts';
import {
  type CandidateSource,
  type Found,
  gather,
  type Named,
  SOURCES,
  sessionVector,
} from '../retrieval/candidate-sources.ts';
import type { Filter, Refusal, RowFilter } from '../retrieval/filter-of.ts';
import { RANKED_KEPT, type Ranking } from './cached-ranking.ts';
import { type Allowed, playedRows, rank, type Viewer } from './rank.ts';

/** The model that ranks for a user, and its titles by row: which the user may be shown, and what is the same of them for all. */
export interface Serving {
  readonly champion: Champion;
  readonly rows: RowFilter;
  readonly matrix: TitleMatrix;
}

export interface RetrieveInput {
  readonly popularNow: (country: string | null) => Promise<PopularTitles>;
  readonly viewer: Viewer;
  readonly titles: CatalogueTitles;
  readonly filter: Filter;
  readonly budget: Budget;
  /** Rank anew, and leave the cache as it is. */
  readonly afresh: boolean;
  /** @default - all of them */
  readonly sources?: readonly CandidateSource[];
}

/** What became of all that was found. */
export interface Notes {
  /** By id: the sources that found it, the first one first. */
  readonly found: ReadonlyMap<string, readonly Candidate['source'][]>;
  /** What may not be shown. */
  readonly refused: ReadonlyMap<string, Refusal>;
  /** What is newer than the model: exploration alone can show it. */
  readonly unknown: ReadonlySet<string>;
}

/** A ranking, and what is known of it only when it has just been made. */
export interface MadeRanking extends Ranking {
  readonly notes?: Notes;
  /** Made for this request. */
  readonly fresh?: boolean;
}

/** What the sources find, what may be shown of it, and that in the model's order. */
export async function retrieveAndRank(serving: Serving, input: RetrieveInput): Promise<MadeRanking> {
  const { champion } = serving;
  const { viewer, titles, budget } = input;
  const played = playedRows(champion, viewer.profile);
  const popularHere = () => input.popularNow(viewer.profile.country);
  let made: Promise<Float32Array> | undefined;
  const vector = () => {
    made ??= champion.userTower(played);
    return made;
  };
  const asked = { champion, played, vector, titles, at: viewer.at, popularHere };
  const { found, missing } = await gather(asked, budget, input.sources ?? SOURCES);
  const { allowed, notes } = sorted(found, serving, input);
  if (allowed.rows.length < MAX_SLATE) await fillUp(allowed, champion, input).catch(() => undefined);
  const ranked = await budget('rank', async () => {
    const mine = await vector().catch(() => sessionVector(champion, played));
    return rank(champion, mine, allowed, viewer, titles, RANKED_KEPT);
  });
  return { version: champion.version, ranked, missing, notes, fresh: true };
}

/** What may be ranked, by row; and, for who asks why, what became of everything: a request that nobody explains needs no notes. */
function sorted(found: readonly Found[], { champion, rows }: Serving, { filter, afresh }: RetrieveInput) {
  const taken = new RowSet(champion.titles.length);
  const allowed: Allowed = { rows: [], sources: [] };
  for (const { source, titles: names } of found) {
    for (let i = 0; i < names.length; i++) {
      const title = names[i] as Named;
      if (typeof title !== 'number' || !taken.add(title) || rows.refusalOf(title)) continue;
      allowed.rows.push(title);
      allowed.sources.push(source);
    }
  }
  return { allowed, notes: afresh ? notesOf(found, champion, filter) : undefined };
}

function notesOf(all: readonly Found[], champion: Champion, filter: Filter): Notes {
  const found = new Map<string, Candidate['source'][]>();
  const refused = new Map<string, Refusal>();
  const unknown = new Set<string>();
  for (const { source, titles } of all) {
    for (const title of Array.from(titles)) {
      const titleId = typeof title === 'string' ? title : (champion.titles[title] as string);
      const refusal = filter(titleId);
      if (refusal) refused.set(titleId, refusal);
      else if (typeof title === 'string') unknown.add(titleId);
      const sources = found.get(titleId) ?? [];
      if (!sources.includes(source)) found.set(titleId, [...sources, source]);
    }
  }
  return { found, refused, unknown };
}

/** Who has seen most of what the sources find gets what is popular further down: a slate is short only when the catalogue is. */
async function fillUp(
  { rows, sources }: Allowed,
  { rowOf }: Champion,
  { popularNow, viewer, budget, filter }: RetrieveInput,
): Promise<void> {
  const { titleIds } = await budget('popular', () => popularNow(viewer.profile.country));
  for (const titleId of titleIds) {
    if (rows.length >= MAX_SLATE) return;
    const row = rowOf.get(titleId);
    if (row === undefined || rows.includes(row) || filter(titleId) !== undefined) continue;
    rows.push(row);
    sources.push('popular-here');
  }
}
