import { DAY } from '../core/time.ts';
import { FEATURE_VIEWS, type FeatureView } from './feature-views.ts';

/**
 * The features a ranker sees, in the order of its input matrix. Offline (SQL over the lake) and online (the table)
 * both fill this shape, so that one definition serves training and serving.
 */
export const USER_FEATURES = ['plays7d', 'playsTotal', 'meanRating'] as const;
export const TITLE_FEATURES = ['plays7d', 'playsTotal', 'meanRating', 'ageDays'] as const;
/** `genreAffinity`: mean, over the title's genres, of the user's share of plays in that genre (0 to 1). */
export const PAIR_FEATURES = ['genreAffinity'] as const;

export const FEATURE_NAMES: readonly string[] = [
  ...USER_FEATURES.map((name) => `user_${name}`),
  ...TITLE_FEATURES.map((name) => `title_${name}`),
  ...PAIR_FEATURES.map((name) => `pair_${name}`),
];

export type UserFeatures = Readonly<Record<(typeof USER_FEATURES)[number], number>>;
export type TitleFeatures = Readonly<Record<(typeof TITLE_FEATURES)[number], number>>;
/** The materialised part; the age is told by the clock. */
export type TitleCounts = Omit<TitleFeatures, 'ageDays'>;

/** What a user nobody has seen play looks like; the mean rating is 0 when there is none. */
export const NO_USER_FEATURES: UserFeatures = { plays7d: 0, playsTotal: 0, meanRating: 0 };
export const NO_TITLE_COUNTS: TitleCounts = { plays7d: 0, playsTotal: 0, meanRating: 0 };

/** A title as serving knows it: table item `pk: 'title'`, `sk: titleId`. */
export interface OnlineTitle {
  readonly titleId: string;
  readonly name: string;
  readonly genres: readonly string[];
  /** UTC epoch milliseconds. */
  readonly releasedAt: number;
}

/** The materialised part of a title: table item `pk: 'title-features'`, `sk: titleId`. Written by one writer, as the title is by another. */
export interface MaterialisedTitle {
  readonly titleId: string;
  readonly asOf: number;
  readonly features: TitleCounts;
}

/** One play in a user's history. */
export interface RecentPlay {
  readonly titleId: string;
  readonly occurredAt: number;
}

/** What a user looked at: one impression. */
export interface View {
  /** Of two at the same time, the greater is the later. */
  readonly eventId: string;
  readonly occurredAt: number;
  /** Top first, at most VIEWED_TITLES. */
  readonly titleIds: readonly string[];
}

/** A user as serving knows it: table item `pk: 'user#<userId>'`, `sk: 'profile'`; kept by the event consumer. */
export interface OnlineUser {
  readonly userId: string;
  readonly country: string | null;
  /** Every title the user has played, once: first the RECENT_PLAYS played last, newest first by (occurredAt, titleId). The seen filter stands on it. */
  readonly seen: readonly string[];
  /** When the first of them were played last, at most RECENT_PLAYS. UTC epoch milliseconds. */
  readonly seenAt: readonly number[];
  /** The latest one. @default - the user has looked at nothing yet */
  readonly lastView?: View;
  /** Greatest `ingestedAt` applied. */
  readonly updatedAt: number;
}

export const newUser = (userId: string): OnlineUser => ({ userId, country: null, seen: [], seenAt: [], updatedAt: 0 });

/** As profiles were kept until November 2026: twice as large, with each recent title twice. They are read, and not written. */
interface EarlierOnlineUser extends Omit<OnlineUser, 'seenAt'> {
  readonly recent: readonly RecentPlay[];
}

/** A user's profile as it lies in the table, in either form. */
export function onlineUserOf(item: OnlineUser | EarlierOnlineUser): OnlineUser {
  if (!('recent' in item)) return item;
  const { recent, ...user } = item;
  const titleIds = recent.map(({ titleId }) => titleId);
  const seen = [...titleIds, ...user.seen.filter((titleId) => !titleIds.includes(titleId))];
  return { ...user, seen, seenAt: recent.map(({ occurredAt }) => occurredAt) };
}

/** Newest first. */
export const recentPlays = ({ seen, seenAt }: Pick<OnlineUser, 'seen' | 'seenAt'>): RecentPlay[] =>
  seenAt.map((occurredAt, i) => ({ titleId: seen[i] as string, occurredAt }));

/** The materialised part of a user: table item `pk: 'user#<userId>'`, `sk: 'features'`. */
export interface MaterialisedUser {
  readonly userId: string;
  /** When it was last computed, UTC epoch ms. It holds until the watermark's `asOf`: what has changed since is written anew. */
  readonly asOf: number;
  readonly features: UserFeatures;
  /** Share of the user's plays per genre; shares of one play are split evenly over its genres; sums to 1. */
  readonly genreShare: Readonly<Record<string, number>>;
}

export const RECENT_PLAYS = 50;
export const VIEWED_TITLES = 20;

/** @returns `pair_genreAffinity`, 0 when the title has no genre or the user no play. */
export function genreAffinity(share: Readonly<Record<string, number>>, genres: readonly string[]): number {
  if (genres.length === 0) return 0;
  // Genres are free text: one may be called `constructor`.
  const shareOf = (genre: string) => (Object.hasOwn(share, genre) ? (share[genre] ?? 0) : 0);
  return genres.reduce((sum, genre) => sum + shareOf(genre), 0) / genres.length;
}

/** A title's features at a time. @param at UTC epoch ms */
export const titleFeatures = (counts: TitleCounts, releasedAt: number, at: number): TitleFeatures => ({
  ...counts,
  ageDays: Math.max(0, at - releasedAt) / DAY,
});

/** Changes after every change of a title's item: who has read the catalogue since need not read it again. */
export const catalogueMarkKey = { pk: 'catalogue', sk: 'mark' } as const;
export interface CatalogueMark {
  /** The event that brought the change, by its place in the log. */
  readonly by: string;
}

/** Titles that one user never wants to see, or may not: table item `pk: 'user#<userId>'`, `sk: 'blocked'`. */
export const blockedKey = (userId: string) => ({ pk: `user#${userId}`, sk: 'blocked' });
/** Titles that nobody may be shown any more; an item of its own, so that a change in the catalogue does not undo it. */
export const withdrawnKey = { pk: 'withdrawn', sk: 'titles' } as const;
/** The form of both. */
export interface TitleList {
  readonly titleIds: readonly string[];
}

export const userKey = (userId: string) => ({ pk: `user#${userId}`, sk: 'profile' });
export const userFeaturesKey = (userId: string) => ({ pk: `user#${userId}`, sk: 'features' });
export const titleKey = (titleId: string) => ({ pk: 'title', sk: titleId });
export const titleFeaturesKey = (titleId: string) => ({ pk: 'title-features', sk: titleId });
/**
 * What the materialised features of all entities rest on: events with `ingestedAt <= asOf`, up to these offsets (partition → last
 * offset). It moves with our clock and with what has come in; no client's clock can move it.
 */
export interface Watermark {
  readonly asOf: number;
  readonly positions: Readonly<Record<string, number>>;
}
export const watermarkKey = { pk: 'materialised', sk: 'watermark' } as const;

/** Whether a view's features may be served at `now`: those of a materialisation that ended long ago may not. */
export const isAlive = ({ ttl }: Pick<FeatureView, 'ttl'>, watermark: Watermark | undefined, now: number): boolean =>
  watermark !== undefined && now - watermark.asOf <= ttl;

/** What of a user's features may be served at `now`: each view's part has its own time to live. */
export function servedUser(
  user: MaterialisedUser | undefined,
  watermark: Watermark | undefined,
  now: number,
): Pick<MaterialisedUser, 'features' | 'genreShare'> {
  return {
    features: user && isAlive(FEATURE_VIEWS.user, watermark, now) ? user.features : NO_USER_FEATURES,
    genreShare: user && isAlive(FEATURE_VIEWS.userGenre, watermark, now) ? user.genreShare : {},
  };
}
