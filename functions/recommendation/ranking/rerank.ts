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
  const window = waitingOf(ranked.slice(0, WINDOW * k).map(lookOf), lambda);
  // Looked at only where the window's genres are all full.
  let below: Placed<Title>[] | undefined;
  const rest = () => {
    below ??= ranked.slice(WINDOW * k).map((title) => ({ title, genre: lookOf(title).genre }));
    return below;
  };
  const fromWindow = (place: number) => ({ title: ranked[place] as Title, genre: window.take(place) });
  const fromRest = (at: number) => rest().splice(at, 1)[0] as Placed<Title>;
  const caps = genreCaps(k);
  const next = (): Placed<Title> => {
    const best = window.best(caps.mayStand);
    if (best !== NONE) return fromWindow(best);
    const further = rest().findIndex(({ genre }) => caps.mayStand(genre));
    if (further !== NONE) return fromRest(further);
    const any = window.best(anybody);
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

interface Placed<Title> {
  readonly title: Title;
  readonly genre: string;
}

const NONE = -1;
const anybody = () => true;

/**
 * Titles that wait for a place, by their place in the ranking. A title's likeness is found out only as far as it matters: what is
 * known of it says how much the title is worth at most, and where another is worth more than that, it need not be known better.
 */
function waitingOf(looks: readonly Look[], lambda: number) {
  const cosine = cosines(looks);
  const relevance = relevanceOf(looks);
  /** To the first `compared` of those taken: it can only grow. */
  const [likeness, compared] = [new Float64Array(looks.length), new Uint32Array(looks.length)];
  const taken: number[] = [];
  const left = Array.from(looks.keys());
  const worth = (place: number) => lambda * (relevance[place] as number) - (1 - lambda) * (likeness[place] as number);
  /** Compares until it is known whether it is worth more, and what. */
  const isWorthMore = (place: number, than: number): boolean => {
    while (worth(place) > than) {
      const next = compared[place] as number;
      if (next === taken.length) return true;
      likeness[place] = Math.max(likeness[place] as number, cosine(place, taken[next] as number));
      compared[place] = next + 1;
    }
    return false;
  };
  return {
    /** The first of the best whose genre may stand, or NONE. */
    best(mayStand: (genre: string) => boolean): number {
      let [best, most] = [NONE, Number.NEGATIVE_INFINITY];
      for (const place of left) {
        if (worth(place) <= most || !mayStand((looks[place] as Look).genre) || !isWorthMore(place, most)) continue;
        [best, most] = [place, worth(place)];
      }
      return best;
    },
    /** It waits no longer. @returns its genre */
    take(place: number): string {
      left.splice(left.indexOf(place), 1);
      taken.push(place);
      return (looks[place] as Look).genre;
    },
  };
}

/** The score between the least (0) and the greatest (1). */
function relevanceOf(looks: readonly Look[]): Float64Array {
  const relevance = new Float64Array(looks.length);
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { score } of looks) {
    least = Math.min(least, score);
    greatest = Math.max(greatest, score);
  }
  for (let place = 0; place < looks.length; place++) {
    relevance[place] = ((looks[place] as Look).score - least) / (greatest - least || 1);
  }
  return relevance;
}

/** Of two titles, by their places; 0 where one has no vector, or none with a length. */
function cosines(looks: readonly Look[]): (a: number, b: number) => number {
  const squares = new Float64Array(looks.length).fill(Number.NaN);
  const square = (place: number, vector: Float32Array) => {
    if (Number.isNaN(squares[place])) squares[place] = dot(vector, vector);
    return squares[place] as number;
  };
  return (a, b) => {
    const [one, other] = [looks[a]?.vector, looks[b]?.vector];
    if (!one || !other) return 0;
    const both = square(a, one) * square(b, other);
    return both === 0 ? 0 : dot(one, other) / Math.sqrt(both);
  };
}

/** Which genres may stand next; a title without one always may. */
function genreCaps(k: number) {
  const most = Math.max(MAX_RUN, Math.ceil(MAX_GENRE_SHARE * k));
  const counts = new Map<string, number>();
  const full = new Set<string>();
  let [last, run] = ['', 0];
  return {
    mayStand: (genre: string): boolean => genre === '' || !((run >= MAX_RUN && genre === last) || full.has(genre)),
    add(genre: string): void {
      run = genre === last ? run + 1 : 1;
      last = genre;
      const count = (counts.get(genre) ?? 0) + 1;
      counts.set(genre, count);
      if (count >= most) full.add(genre);
    },
  };
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
