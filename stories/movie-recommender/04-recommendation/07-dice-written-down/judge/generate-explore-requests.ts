import type { SlateTitle } from '#domain/events/all-bricks-seam-types.ts';
import type { ManyRequests } from './call-explore-per-request.ts';

/** Many requests for slates that differ only in their request ids, and therefore in their random numbers. */
export interface Scene {
  readonly name: string;
  readonly slate: readonly SlateTitle[];
  /** Titles from which the function may sample. */
  readonly pool: readonly string[];
  readonly share: number;
  readonly requestIds: readonly string[];
  /** Arguments of the helper `exploreMany`. */
  readonly args: readonly [slate: readonly SlateTitle[], requests: ManyRequests];
}

/** Requests per scene. With more, wrong slates with additional items would be too large for the runner. */
export const REQUESTS = 1_400;
/** Number of requests in the scene in which each request appears twice. */
const REPEATED = 150;
/** Titles of the list that may not be shown, such as those that the viewer has seen. */
const SEEN = ['seen-1', 'seen-2', 'seen-3'];

const SLATE: readonly SlateTitle[] = [
  { titleId: 'own-1', score: 0.9, source: 'index' },
  { titleId: 'own-2', score: 0.7, source: 'popular' },
  { titleId: 'own-3', score: 0.4, source: 'new-release' },
];

interface Size {
  readonly share: number;
  /** Number of titles in the pool. */
  readonly pool: number;
  readonly slate?: readonly SlateTitle[];
  /** First part of the titles' ids. @default - pool */
  readonly prefix?: string;
}

function scene(name: string, settings: Size, requestIds: readonly string[]): Scene {
  const { share, pool: size, slate = SLATE, prefix = 'pool' } = settings;
  const pool = Array.from({ length: size }, (_, i) => `${prefix}-${i + 1}`);
  // Excluded titles are spread over the list, as in production.
  const titleIds = [...SEEN.slice(0, 1), ...pool, ...SEEN.slice(1)];
  const args = [slate, { share, titleIds, excluded: SEEN, requestIds }] as const;
  return { name, slate, pool, share, requestIds, args };
}

/** @param key short name of the scene, different for each scene */
const idsOf = (seed: number, key: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `r-${seed}-${key}-${i}`);

export interface Scenes {
  /** Scenes in which titles are explored, for statistics. */
  readonly dice: readonly Scene[];
  /** A scene in which nothing may be explored. */
  readonly still: readonly Scene[];
  /** A scene in which each request appears twice, the second time in the opposite order. */
  readonly repeated: Scene;
}

/** @param seed of the request ids */
export function scenesOf(seed: number): Scenes {
  const keyOf = ({ share, pool }: Size) => `${share}-${pool}`;
  const dice = (name: string, size: Size) => scene(name, size, idsOf(seed, keyOf(size), REQUESTS));
  const still = (name: string, size: Size) => scene(name, size, idsOf(seed, keyOf(size), REPEATED));
  const ids = idsOf(seed, 'twice', REPEATED);
  return {
    dice: [
      dice('share 0.5, a pool of 4 titles', { share: 0.5, pool: 4 }),
      dice('share 0.2, a pool of 7 titles', { share: 0.2, pool: 7 }),
      dice('share 0.8, a pool of 3 titles', { share: 0.8, pool: 3 }),
      dice('share 1, a pool of 5 titles', { share: 1, pool: 5 }),
    ],
    still: [
      still('share 0, a pool of 5 titles', { share: 0, pool: 5 }),
      still('share 0.5, a pool of 2 titles for 3 positions', { share: 0.5, pool: 2 }),
      still('share 0.5, an empty pool', { share: 0.5, pool: 0 }),
      still('share 0.5, an empty slate', { share: 0.5, pool: 5, slate: [] }),
    ],
    // With separate titles, so that a set of taken titles which survives a call is still empty.
    repeated: scene('150 requests, each twice', { share: 0.5, pool: 5, prefix: 'film' }, [...ids, ...ids.toReversed()]),
  };
}
