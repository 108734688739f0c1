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

/** Titles that wait for a place, by their place in the ranking: numbers in flat arrays, because each is looked at once per place of the slate. */
function waitingOf(looks: readonly Look[], lambda: number) {
  const cosine = cosines(looks);
  const scores = looks.map(({ score }) => score);
  const [least, greatest] = [Math.min(...scores), Math.max(...scores)];
  const relevance = Float64Array.from(scores, (score) => (score - least) / (greatest - least || 1));
  const likeness = new Float64Array(looks.length);
  const left = Array.from(looks.keys());
  return {
    /** The first of the best whose genre may stand, or NONE. */
    best(mayStand: (genre: string) => boolean): number {
      let [best, most] = [NONE, Number.NEGATIVE_INFINITY];
      for (const place of left) {
        const worth = lambda * (relevance[place] as number) - (1 - lambda) * (likeness[place] as number);
        if (worth > most && mayStand((looks[place] as Look).genre)) [best, most] = [place, worth];
      }
      return best;
    },
    /** It waits no longer, and who is like it is worth less. @returns its genre */
    take(place: number): string {
      left.splice(left.indexOf(place), 1);
      for (const other of left) {
        likeness[other] = Math.max(likeness[other] as number, cosine(place, other));
      }
      return (looks[place] as Look).genre;
    },
  };
}

/** Of two titles, by their places; 0 where one has no vector, or none with a length. */
function cosines(looks: readonly Look[]): (a: number, b: number) => number {
  const dimensions = looks.find(({ vector }) => vector)?.vector?.length ?? 0;
  // Side by side, as the processor multiplies them.
  const vectors = new Float64Array(looks.length * dimensions);
  looks.forEach(({ vector }, place) => void (vector && vectors.set(vector, place * dimensions)));
  const product = (a: number, b: number) => dot(vectors, a * dimensions, b * dimensions, dimensions);
  const squares = Float64Array.from(looks.keys(), (place) => product(place, place));
  return (a, b) => {
    const square = (squares[a] as number) * (squares[b] as number);
    return square === 0 ? 0 : product(a, b) / Math.sqrt(square);
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

/** Of two stretches of `numbers`. Four sums at once: an addition need not wait for the one before it. */
function dot(numbers: Float64Array, a: number, b: number, length: number): number {
  const at = (i: number) => (numbers[a + i] as number) * (numbers[b + i] as number);
  const whole = length - (length % LANES);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += LANES) {
    first += at(i);
    second += at(i + 1);
    third += at(i + 2);
    fourth += at(i + 3);
  }
  for (let i = whole; i < length; i++) first += at(i);
  return first + second + (third + fourth);
}
