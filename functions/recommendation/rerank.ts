/** Weight of the score against likeness to what stands above. 1 is the ranker's order; docs/serving.md says what was measured. */
export const LAMBDA = 0.97;
/** Titles of the same first genre in a row that a slate may hold. */
const MAX_RUN = 3;
/** Share of a slate that one first genre may fill. */
const MAX_GENRE_SHARE = 0.7;
/** Titles looked at per place: those further down could not win one. */
const WINDOW = 2;

export interface Look {
  readonly score: number;
  readonly genre: string;
  /** The title's item vector; without one it is like no other. */
  readonly vector?: Float32Array;
}

type Compared = Pick<Waiting<unknown>, 'vector' | 'square'>;

interface Waiting<Title> extends Look {
  readonly title: Title;
  readonly relevance: number;
  /** The vector's length, squared. */
  readonly square: number;
  /** Greatest cosine to a title of the slate; 0 at least. */
  likeness: number;
}

/**
 * Maximal marginal relevance with genre caps: each place goes to the title with the best λ · relevance − (1 − λ) · likeness to what
 * stands above, of a genre that neither ran three times in a row nor fills seven tenths; caps give way where there is nothing else.
 * The order is all it decides.
 *
 * Shape   ranked: best first, distinct
 * Unit    relevance: the score between the window's least (0) and greatest (1); likeness: cosine
 * Source  Carbonell & Goldstein 1998, SIGIR
 * @returns at most `k` of them, each once
 */
export function rerank<Title>(
  ranked: readonly Title[],
  k: number,
  lookOf: (title: Title) => Look,
  lambda = LAMBDA,
): Title[] {
  const window = waitingOf(ranked.slice(0, WINDOW * k), lookOf);
  // Looked at only where the window's genres are all full.
  let kept: Waiting<Title>[] | undefined;
  const rest = () => {
    kept ??= waitingOf(ranked.slice(WINDOW * k), lookOf);
    return kept;
  };
  const slate: Waiting<Title>[] = [];
  while (slate.length < Math.min(k, ranked.length)) {
    const mayStand = capsOf(slate, k);
    const next =
      bestOf(window.filter(mayStand), lambda) ??
      rest().find(mayStand) ??
      bestOf(window, lambda) ??
      (rest()[0] as Waiting<Title>);
    const from = window.includes(next) ? window : rest();
    from.splice(from.indexOf(next), 1);
    slate.push(next);
    for (const other of window) other.likeness = Math.max(other.likeness, cosine(other, next));
  }
  return slate.map(({ title }) => title);
}

function waitingOf<Title>(titles: readonly Title[], lookOf: (title: Title) => Look): Waiting<Title>[] {
  const looks = titles.map(lookOf);
  const scores = looks.map(({ score }) => score);
  const [least, greatest] = [Math.min(...scores), Math.max(...scores)];
  return looks.map((look, i) => ({
    ...look,
    title: titles[i] as Title,
    square: look.vector ? dot(look.vector, look.vector) : 0,
    likeness: 0,
    relevance: (look.score - least) / (greatest - least || 1),
  }));
}

/** Whether a title may stand next, by its genre; titles without one always may. */
function capsOf(slate: readonly Look[], k: number): (look: Look) => boolean {
  const run = slate.slice(-MAX_RUN).map(({ genre }) => genre);
  const tired = run.length === MAX_RUN && run.every((genre) => genre === run[0]) ? run[0] : undefined;
  const most = Math.max(MAX_RUN, Math.ceil(MAX_GENRE_SHARE * k));
  const counts = new Map<string, number>();
  for (const { genre } of slate) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  return ({ genre }) => genre === '' || (genre !== tired && (counts.get(genre) ?? 0) < most);
}

/** The first of the best. */
function bestOf<Title>(waiting: readonly Waiting<Title>[], lambda: number): Waiting<Title> | undefined {
  let best: Waiting<Title> | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const title of waiting) {
    const worth = lambda * title.relevance - (1 - lambda) * title.likeness;
    if (worth > most) [best, most] = [title, worth];
  }
  return best;
}

/** 0 where there is a vector missing or without length. */
function cosine(a: Compared, b: Compared): number {
  if (!a.vector || !b.vector || a.square === 0 || b.square === 0) return 0;
  return dot(a.vector, b.vector) / Math.sqrt(a.square * b.square);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
