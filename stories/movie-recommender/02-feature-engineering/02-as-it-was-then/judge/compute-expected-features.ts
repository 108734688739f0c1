import { DAY } from '#domain/core/time.ts';
import { genresOfTitle, type History, type Label } from './convert-history-to-tables.ts';

/** The features of one label, by the name of their column. */
export type Features = Readonly<Record<string, number>>;

/**
 * Computes the features of a label. It is slow and simple: for each feature, it reads the complete history again, and
 * counts the plays and ratings that were known at the label's time. It does not use change tables.
 */
export function countFeatures(history: History, { user, title, occurredAt: at }: Label): Features {
  const plays = history.plays.filter(({ knownAt }) => knownAt <= at);
  const ratings = history.ratings.filter(({ knownAt }) => knownAt <= at);
  const count = (of: 'user' | 'title', key: number) => {
    const mine = plays.filter((play) => play[of] === key);
    const rated = ratings.filter((rating) => rating[of] === key);
    const stars = rated.reduce((sum, rating) => sum + rating.stars, 0);
    return {
      [`${of}_plays7d`]: mine.filter(({ outOfWeek }) => outOfWeek > at).length,
      [`${of}_playsTotal`]: mine.length,
      [`${of}_meanRating`]: rated.length === 0 ? 0 : stars / rated.length,
    };
  };
  const released = history.titles[title - 1]?.releasedAt ?? at;
  return {
    ...count('user', user),
    ...count('title', title),
    title_ageDays: Math.max(0, at - released) / DAY,
    pair_genreAffinity: affinity(
      history,
      plays.filter((play) => play.user === user),
      title,
    ),
  };
}

/** Returns the mean share of the title's genres in the plays. A play of a title with n genres counts 1/n for each. */
function affinity(history: History, plays: readonly { readonly title: number }[], title: number): number {
  const genres = genresOfTitle(history, title);
  const played = plays.map((play) => genresOfTitle(history, play.title)).filter(({ length }) => length > 0);
  if (genres.length === 0 || played.length === 0) return 0;
  const shares = genres.map((genre) => {
    const weights = played.map((ofPlay) => (ofPlay.includes(genre) ? 1 / ofPlay.length : 0));
    return weights.reduce((sum, weight) => sum + weight, 0) / played.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / genres.length;
}
