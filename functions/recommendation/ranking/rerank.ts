import { type Look, mmrWindow, NONE } from './find-best-title-by-mmr.ts';
import { genreCaps } from './genre-caps.ts';

export type { Look } from './find-best-title-by-mmr.ts';

/** Weight of relevance against similarity; 1 keeps the ranker's order. docs/serving.md has the measurements. */
export const LAMBDA = 0.97;
/**
 * Number of candidates per slot that are compared. Lower-ranked titles get a slot only if the genre caps exclude all of
 * these.
 */
const WINDOW = 2;

/**
 * Selects a diverse slate by maximal marginal relevance (MMR). Each slot goes to the title with the greatest
 * λ · relevance − (1 − λ) · similarity, where similarity is the greatest cosine to a title above it. A first genre may
 * fill at most three slots in a row and 70 % of the slate, unless no other title is left.
 *
 * Shape   ranked: best first, each title once
 * Unit    relevance: the score, scaled to 0–1 within the window, so that λ does not depend on the score's scale. Titles whose
 *         score is NaN rank last
 * Never   changes its input; returns fewer than k titles if there are k
 * Source  Carbonell & Goldstein 1998, SIGIR
 *
 * @param lambda 0 to 1
 * @returns at most k titles, each once
 */
export function rerank<Title>(
  ranked: readonly Title[],
  k: number,
  lookOf: (title: Title) => Look,
  lambda = LAMBDA,
): Title[] {
  const { titles, looks } = headOf(ranked, WINDOW * k, lookOf);
  const window = mmrWindow(looks, lambda);
  // Titles below the window; read only if the caps exclude all genres of the window.
  let below: Chosen<Title>[] | undefined;
  const rest = () => {
    below ??= scoredFirst(titles.slice(looks.length), lookOf).map((title) => ({ title, genre: lookOf(title).genre }));
    return below;
  };
  const fromWindow = (index: number) => ({ title: titles[index] as Title, genre: window.take(index) });
  const fromRest = (index: number) => rest().splice(index, 1)[0] as Chosen<Title>;
  const caps = genreCaps(k);
  const next = (): Chosen<Title> => {
    const best = window.best(caps.allows);
    if (best !== NONE) return fromWindow(best);
    const further = rest().findIndex(({ genre }) => caps.allows(genre));
    if (further !== NONE) return fromRest(further);
    const any = window.best(() => true);
    return any === NONE ? fromRest(0) : fromWindow(any);
  };
  const slate: Title[] = [];
  while (slate.length < Math.min(k, ranked.length)) {
    const { title, genre } = next();
    caps.add(genre);
    slate.push(title);
  }
  return slate;
}

interface Chosen<Title> {
  readonly title: Title;
  readonly genre: string;
}

/** Returns all titles, with those that have no score at the end, and the looks of the first `length` titles. */
function headOf<Title>(ranked: readonly Title[], length: number, lookOf: (title: Title) => Look) {
  const looks = ranked.slice(0, length).map(lookOf);
  if (!looks.some(({ score }) => Number.isNaN(score))) return { titles: ranked, looks };
  const titles = scoredFirst(ranked, lookOf);
  return { titles, looks: titles.slice(0, length).map(lookOf) };
}

function scoredFirst<Title>(titles: readonly Title[], lookOf: (title: Title) => Look): Title[] {
  const isScored = (title: Title) => !Number.isNaN(lookOf(title).score);
  return [...titles.filter(isScored), ...titles.filter((title) => !isScored(title))];
}
