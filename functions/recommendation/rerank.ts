/** Weight of the score against likeness to what stands above. 1 is the ranker's order; docs/serving.md says what was measured. */
export const LAMBDA = 0.97;
/** Titles of the same first genre in a row that a slate may hold. */
const MAX_RUN = 3;
/** Share of a slate that one first genre may fill. */
const MAX_GENRE_SHARE = 0.7;
/** Titles looked at per place: those further down could not win one. */
const WINDOW = 2;
const LANES = 4;

export interface Look {
  readonly score: number;
  readonly genre: string;
  /** The title's item vector; without one it is like no other. */
  readonly vector?: Float32Array | undefined;
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
  const caps = genreCaps(k);
  const slate: Waiting<Title>[] = [];
  while (slate.length < Math.min(k, ranked.length)) {
    const next =
      bestOf(window, lambda, caps.mayStand) ??
      rest().find(caps.mayStand) ??
      bestOf(window, lambda) ??
      (rest()[0] as Waiting<Title>);
    const at = window.indexOf(next);
    if (at >= 0) window.splice(at, 1);
    else rest().splice(rest().indexOf(next), 1);
    caps.add(next.genre);
    slate.push(next);
    for (const other of window) other.likeness = Math.max(other.likeness, cosine(other, next));
  }
  return slate.map(({ title }) => title);
}

function waitingOf<Title>(titles: readonly Title[], lookOf: (title: Title) => Look): Waiting<Title>[] {
  const looks = titles.map(lookOf);
  const scores = looks.map(({ score }) => score);
  const [least, greatest] = [Math.min(...scores), Math.max(...scores)];
  return looks.map(({ score, genre, vector }, i) => ({
    score,
    genre,
    vector,
    title: titles[i] as Title,
    square: vector ? dot(vector, vector) : 0,
    likeness: 0,
    relevance: (score - least) / (greatest - least || 1),
  }));
}

/** Which titles may stand next, by their genres; those without one always may. */
function genreCaps(k: number) {
  const most = Math.max(MAX_RUN, Math.ceil(MAX_GENRE_SHARE * k));
  const counts = new Map<string, number>();
  const full = new Set<string>();
  let [last, run] = ['', 0];
  return {
    mayStand: ({ genre }: Pick<Look, 'genre'>): boolean =>
      genre === '' || !((run >= MAX_RUN && genre === last) || full.has(genre)),
    add(genre: string): void {
      run = genre === last ? run + 1 : 1;
      last = genre;
      const count = (counts.get(genre) ?? 0) + 1;
      counts.set(genre, count);
      if (count >= most) full.add(genre);
    },
  };
}

/** The first of the best that may stand. */
function bestOf<Title>(
  waiting: readonly Waiting<Title>[],
  lambda: number,
  mayStand: (look: Look) => boolean = () => true,
): Waiting<Title> | undefined {
  let best: Waiting<Title> | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const title of waiting) {
    const worth = lambda * title.relevance - (1 - lambda) * title.likeness;
    if (worth > most && mayStand(title)) [best, most] = [title, worth];
  }
  return best;
}

/** 0 where there is a vector missing or without length. */
function cosine(a: Compared, b: Compared): number {
  if (!a.vector || !b.vector || a.square === 0 || b.square === 0) return 0;
  return dot(a.vector, b.vector) / Math.sqrt(a.square * b.square);
}

/** Four sums at once: an addition need not wait for the one before it. */
function dot(a: Float32Array, b: Float32Array): number {
  const at = (i: number) => (a[i] as number) * (b[i] as number);
  const whole = a.length - (a.length % LANES);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += LANES) {
    first += at(i);
    second += at(i + 1);
    third += at(i + 2);
    fourth += at(i + 3);
  }
  for (let i = whole; i < a.length; i++) first += at(i);
  return first + second + (third + fourth);
}
