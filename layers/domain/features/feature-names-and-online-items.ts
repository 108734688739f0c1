import { FEATURE_VIEWS } from './feature-views.ts';
import { isAlive } from './is-alive.ts';
import type { Watermark } from './online-features-watermark-types.ts';

/** Features of a user. `meanRating`: 0.5 to 5 stars. */
export const USER_FEATURES = ['plays7d', 'playsTotal', 'meanRating'] as const;
/** Features of a title. `ageDays`: days since the release. */
const TITLE_FEATURES = ['plays7d', 'playsTotal', 'meanRating', 'ageDays'] as const;
/** Features of a user and a title. `genreAffinity`: mean, over the title's genres, of their share in the user's plays. */
const PAIR_FEATURES = ['genreAffinity'] as const;

/** The ranker's input columns, in their order. The training set (SQL) and serving (featureRow) have the same columns. */
export const FEATURE_NAMES: readonly string[] = [
  ...USER_FEATURES.map((name) => `user_${name}`),
  ...TITLE_FEATURES.map((name) => `title_${name}`),
  ...PAIR_FEATURES.map((name) => `pair_${name}`),
];

export type UserFeatures = Readonly<Record<(typeof USER_FEATURES)[number], number>>;
/** The stored features of a title. Its age is computed from the clock. */
export type TitleCounts = Readonly<Record<Exclude<(typeof TITLE_FEATURES)[number], 'ageDays'>, number>>;

/** Features of a user without plays and ratings. */
export const NO_USER_FEATURES: UserFeatures = { plays7d: 0, playsTotal: 0, meanRating: 0 };
/** Features of a title without plays and ratings. */
export const NO_TITLE_COUNTS: TitleCounts = { plays7d: 0, playsTotal: 0, meanRating: 0 };

/** A title's description: table item `pk: 'title'`, `sk: titleId`. */
export interface OnlineTitle {
  readonly titleId: string;
  readonly name: string;
  readonly genres: readonly string[];
  /** UTC epoch milliseconds. */
  readonly releasedAt: number;
}

/**
 * The features of a title: table item `pk: 'title-features'`, `sk: titleId`. The description is a separate item,
 * because another function writes it.
 */
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

/** The titles that one impression showed to a user. */
export interface View {
  /** Breaks ties: of two views at the same time, the greater id is the later one. */
  readonly eventId: string;
  readonly occurredAt: number;
  /** Top first, at most VIEWED_TITLES. */
  readonly titleIds: readonly string[];
}

/** An event that sets a value which other events set, too. */
interface SettingEvent {
  readonly eventId: string;
  readonly occurredAt: number;
  readonly ingestedAt: number;
}

/** Returns whether event `a` is later than `b`, in the order of the SQL queries: (occurredAt, ingestedAt, eventId). */
export function isLater(a: SettingEvent, b: SettingEvent): boolean {
  if (a.occurredAt !== b.occurredAt) return a.occurredAt > b.occurredAt;
  return a.ingestedAt === b.ingestedAt ? a.eventId > b.eventId : a.ingestedAt > b.ingestedAt;
}

/** A user's profile: table item `pk: 'user#<userId>'`, `sk: 'profile'`. The function update-online writes it. */
export interface OnlineUser {
  readonly userId: string;
  /** Country of the latest sign-up. */
  readonly country: string | null;
  /** The sign-up that set the country. @default - the user has not signed up, or an earlier version of the code wrote the profile */
  readonly signup?: SettingEvent;
  /**
   * All titles that the user has played, without repetition; in a stored profile, without those of its pages. It starts with the RECENT_PLAYS latest ones, newest first
   * by (occurredAt, titleId). The filter of played titles reads this list.
   */
  readonly seen: readonly string[];
  /** Times of the latest plays of the first titles in `seen`, at most RECENT_PLAYS. UTC epoch milliseconds. */
  readonly seenAt: readonly number[];
  /** Number of pages with older titles (seen-title-pages.ts). @default - none: `seen` contains all titles */
  readonly seenPages?: number;
  /** The latest view. @default - the user has seen no slate yet */
  readonly lastView?: View;
  /** Greatest `ingestedAt` of the applied events. */
  readonly updatedAt: number;
}

export const newUser = (userId: string): OnlineUser => ({ userId, country: null, seen: [], seenAt: [], updatedAt: 0 });

/**
 * Format of profiles until November 2026, twice as large, because it lists each recent title twice. It is still read,
 * but not written.
 */
interface EarlierOnlineUser extends Omit<OnlineUser, 'seenAt'> {
  readonly recent: readonly RecentPlay[];
}

/** Converts a stored profile to the current format, if it has the earlier format. */
export function onlineUserOf(item: OnlineUser | EarlierOnlineUser): OnlineUser {
  if (!('recent' in item)) return item;
  const { recent, ...user } = item;
  const titleIds = recent.map(({ titleId }) => titleId);
  const seen = [...titleIds, ...user.seen.filter((titleId) => !titleIds.includes(titleId))];
  return { ...user, seen, seenAt: recent.map(({ occurredAt }) => occurredAt) };
}

/** Returns the user's recent plays, newest first. */
export const recentPlays = ({ seen, seenAt }: Pick<OnlineUser, 'seen' | 'seenAt'>): RecentPlay[] =>
  seenAt.map((occurredAt, i) => ({ titleId: seen[i] as string, occurredAt }));

/** The features of a user: table item `pk: 'user#<userId>'`, `sk: 'features'`. */
export interface MaterialisedUser {
  readonly userId: string;
  /**
   * Time of the last computation, UTC epoch ms. The features are also valid as of the watermark's `asOf`, because an
   * item is rewritten whenever its features change.
   */
  readonly asOf: number;
  readonly features: UserFeatures;
  /** Genre → share of the user's plays. A play is split evenly over its title's genres; the shares sum to 1. */
  readonly genreShare: Readonly<Record<string, number>>;
}

export const RECENT_PLAYS = 50;
export const VIEWED_TITLES = 20;

/**
 * Key of a mark that changes after every change of a title's item. A reader that has seen the current mark need not
 * read the catalogue again.
 */
export const catalogueMarkKey = { pk: 'catalogue', sk: 'mark' } as const;
export interface CatalogueMark {
  /** The event that made the change, as `partition:offset`. */
  readonly by: string;
}

/** Titles that are blocked for one user: table item `pk: 'user#<userId>'`, `sk: 'blocked'`. */
export const blockedKey = (userId: string) => ({ pk: `user#${userId}`, sk: 'blocked' });
/** Titles that may not be shown to any user. A separate item, so that a change of a title's description does not remove it. */
export const withdrawnKey = { pk: 'withdrawn', sk: 'titles' } as const;
/** A list of blocked or withdrawn titles. */
export interface TitleList {
  readonly titleIds: readonly string[];
}

export const userKey = (userId: string) => ({ pk: `user#${userId}`, sk: 'profile' });
export const userFeaturesKey = (userId: string) => ({ pk: `user#${userId}`, sk: 'features' });
export const titleKey = (titleId: string) => ({ pk: 'title', sk: titleId });
/**
 * Key of the item with two times: when the event that set a title's description occurred, and when it was ingested.
 * They are a separate item, because the service reads the descriptions of all titles, and only update-online reads the
 * times.
 */
export const titleTimesKey = (titleId: string) => ({ pk: 'title-times', sk: titleId });
export interface TitleTimes {
  readonly occurredAt: number;
  readonly ingestedAt: number;
}
export const titleFeaturesKey = (titleId: string) => ({ pk: 'title-features', sk: titleId });

/** Returns the user's features that may be served. Each view has its own time to live. @param now UTC epoch ms */
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
