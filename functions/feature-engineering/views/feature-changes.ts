import { DAY } from '#domain/core/time.ts';
import { FEATURE_VIEWS, type FeatureView, KNOWN_AT, OUT_OF_WEEK } from '#domain/features/feature-views.ts';

/**
 * Feature views as streams of changes. A play is known at time t when `occurredAt < t` and `ingestedAt <= t`, that is
 * from `knownAt = max(occurredAt + 1, ingestedAt)` on; it leaves the seven-day window when `occurredAt < t − 7 d`. So
 * every count is a running sum of +1 and −1 at exact times, and its value as of any t is the last sum at or before t:
 * one ASOF join. Late events change nothing that was computed as of an earlier time.
 */
const { user, title, userGenre } = FEATURE_VIEWS;

/** A total order, so that ties cannot give one answer now and another later. */
export const LATEST = '(occurredAt, ingestedAt, eventId)';

/** What features and labels are made of; the rest of a record stays in the lake. */
const COLUMNS =
  'eventId, type, userId, titleId, requestId, occurredAt, ingestedAt, rating, country, name, genres, releasedAt, titleIds';
/** Of the records of one eventId, the first to come is the event. */
const FIRST_TO_COME = 'row_number() OVER (PARTITION BY eventId ORDER BY ingestedAt, partition, "offset") = 1';

/**
 * The view `events`: the events of `records` (a relation in the lake's columns) that had happened by `asOf`, each once; what first came
 * dated ahead of our clock is no event before its time, and a repeat that is dated otherwise does not stand in for it. It keeps none of
 * them: they stay in the lake, and each query reads its own columns and types. Ids that come once, as nearly all do, need no sorting:
 * only records whose id's hash comes twice are compared and kept.
 */
export const eachOnce = (records: string, asOf: number): string[] => [
  `CREATE OR REPLACE TEMP TABLE twice AS
  SELECT hash(eventId) AS id FROM ${records} GROUP BY id HAVING count(*) > 1`,
  `CREATE OR REPLACE TEMP TABLE came_twice AS
  SELECT ${COLUMNS} FROM (SELECT * FROM ${records} WHERE hash(eventId) IN (FROM twice)) QUALIFY ${FIRST_TO_COME}`,
  `CREATE OR REPLACE TEMP VIEW events AS SELECT *, ${KNOWN_AT} AS knownAt FROM (
    SELECT ${COLUMNS} FROM ${records} WHERE hash(eventId) NOT IN (FROM twice) UNION ALL FROM came_twice)
  WHERE occurredAt < ${asOf}`,
];

/** The events that were known at `asOf`; of each id, the first to arrive. @param files SQL relation over the lake's files */
export const knownEvents = (files: string, asOf: number): string[] => eachOnce(`(${knownRecords(files, asOf)})`, asOf);

/** The records of the lake that had come in by `asOf`, as they are: an id may come twice, and be dated ahead of our clock. */
export const knownRecords = (files: string, asOf: number): string => `FROM ${files} WHERE ingestedAt <= ${asOf}`;

/**
 * Users, titles and genres by number, in the order of their ids: a join of numbers takes a third of the time of one of texts, and a
 * fourth of the memory. A number holds within one database only.
 */
const USERS = `
  CREATE OR REPLACE TEMP TABLE users AS
  SELECT userId, row_number() OVER (ORDER BY userId)::INTEGER AS userNo
  FROM (SELECT DISTINCT userId FROM events WHERE userId IS NOT NULL)`;
const TITLE_NUMBERS = `
  CREATE OR REPLACE TEMP TABLE title_numbers AS
  SELECT titleId, row_number() OVER (ORDER BY titleId)::INTEGER AS titleNo FROM (
    SELECT titleId FROM events WHERE type IN ('title', 'play', 'rate')
    UNION SELECT unnest(titleIds) FROM events WHERE type = 'impression')`;

/**
 * Titles as last described, with the time from which they are known. They are numbered in the order in which they became known, so that
 * the titles known at any time are the first n, and a sample of them does not depend on titles that came later.
 */
const TITLES = `
  CREATE OR REPLACE TEMP TABLE titles AS
  SELECT titleId, any_value(titleNo) AS titleNo, arg_max(name, ${LATEST}) AS name, arg_max(genres, ${LATEST}) AS genres,
    arg_max(releasedAt, ${LATEST}) AS releasedAt, min(knownAt) AS knownAt,
    row_number() OVER (ORDER BY min(knownAt), titleId) - 1 AS number
  FROM events JOIN title_numbers USING (titleId) WHERE type = 'title' GROUP BY titleId`;
const TITLE_GENRES = `
  CREATE OR REPLACE TEMP TABLE title_genres AS
  SELECT titleNo, genre, dense_rank() OVER (ORDER BY genre)::INTEGER AS genreNo
  FROM (SELECT titleNo, unnest(genres) AS genre FROM titles)`;

const PLAYS = `
  CREATE OR REPLACE TEMP TABLE plays AS
  SELECT events.eventId, users.userNo, title_numbers.titleNo, events.requestId, events.occurredAt, events.knownAt,
    ${OUT_OF_WEEK} AS outOfWeek, coalesce(len(titles.genres), 0)::TINYINT AS genres
  FROM events JOIN users USING (userId) JOIN title_numbers USING (titleId) LEFT JOIN titles ON titles.titleNo = title_numbers.titleNo
  WHERE type = 'play'`;
const RATINGS = `
  CREATE OR REPLACE TEMP TABLE ratings AS
  SELECT users.userNo, title_numbers.titleNo, events.rating, events.knownAt
  FROM events JOIN users USING (userId) JOIN title_numbers USING (titleId) WHERE type = 'rate'`;

const changeTable = ({ table, changes }: FeatureView): string => `CREATE OR REPLACE TEMP TABLE ${table} AS ${changes}`;

/** Everything a label or a snapshot is joined to, in the order in which it is made. */
export const CHANGE_TABLES = [
  ...[USERS, TITLE_NUMBERS, TITLES, TITLE_GENRES, PLAYS, RATINGS],
  ...Object.values(FEATURE_VIEWS).map(changeTable),
];

/** A view's features as columns, from the row of its changes under `alias`. */
const featuresOf = ({ values }: FeatureView, alias: string, prefix = ''): string =>
  Object.entries(values)
    .map(([name, sql]) => `coalesce(${sql(alias)}, 0)::FLOAT AS ${prefix}${name}`)
    .join(', ');

const ageDays = (at: string, titles: string): string => `(greatest(${at} - ${titles}.releasedAt, 0) / ${DAY}.0)::FLOAT`;

/** Every user as of `at`: columns of the users snapshot (layers/domain/models/pipeline-run.ts). @param among SQL condition on `userId` */
export const usersAsOf = (at: number, among = 'true'): string => `
  WITH snapshot AS (SELECT userId, userNo, ${at}::BIGINT AS moment, country FROM users JOIN (
      SELECT userId, arg_max(country, ${LATEST}) FILTER (WHERE type = 'signup') AS country FROM events
      WHERE userId IS NOT NULL AND knownAt <= ${at} AND ${among} GROUP BY userId) USING (userId)),
    counted AS (
      SELECT snapshot.userId, snapshot.userNo, snapshot.country, ${featuresOf(user, 'c')}, c.tagged
      FROM snapshot ASOF LEFT JOIN ${user.table} c ON snapshot.userNo = c.userNo AND snapshot.moment >= c.since),
    shares AS (
      SELECT userNo, map(list(genre ORDER BY genre), list(share ORDER BY genre)) AS genreShare FROM (
        SELECT u.userNo, g.genre, ${featuresOf(userGenre, 'c')} FROM (
            SELECT userNo, genreNo, max_by(weight, since) AS weight FROM ${userGenre.table} WHERE since <= ${at} GROUP BY ALL) c
        JOIN counted u USING (userNo) JOIN (SELECT DISTINCT genre, genreNo FROM title_genres) g USING (genreNo))
      GROUP BY userNo)
  SELECT * EXCLUDE (userNo, tagged) FROM counted LEFT JOIN shares USING (userNo) ORDER BY userId`;

/** Every title known as of `at`: columns of the titles snapshot. @param among SQL condition on `titleId` */
export const titlesAsOf = (at: number, among = 'true'): string => `
  WITH snapshot AS (SELECT *, ${at}::BIGINT AS moment FROM titles WHERE knownAt <= ${at} AND ${among})
  SELECT snapshot.titleId, snapshot.name, snapshot.genres, snapshot.releasedAt, ${featuresOf(title, 'c')},
    ${ageDays('snapshot.moment', 'snapshot')} AS ageDays
  FROM snapshot ASOF LEFT JOIN ${title.table} c ON snapshot.titleNo = c.titleNo AND snapshot.moment >= c.since ORDER BY snapshot.titleId`;

/**
 * Labels joined to the features as of each label's own time, in the order of FEATURE_NAMES; as many rows out as labels
 * in. Needs a temporary table `labels(userNo, titleNo, occurredAt, label, number)`, whose `number` identifies the row.
 */
export const LABELLED_FEATURES = `
  WITH genres AS (
    SELECT l.number, avg(coalesce(c.weight, 0)) AS weight
    FROM (SELECT labels.number, labels.userNo, labels.occurredAt, title_genres.genreNo FROM labels JOIN title_genres USING (titleNo)) l
      ASOF LEFT JOIN ${userGenre.table} c ON l.userNo = c.userNo AND l.genreNo = c.genreNo AND l.occurredAt >= c.since
    GROUP BY l.number)
  SELECT users.userId, title_numbers.titleId, l.occurredAt, l.label::INTEGER AS label,
    ${featuresOf(user, 'u', 'user_')}, ${featuresOf(title, 't', 'title_')},
    coalesce(${ageDays('l.occurredAt', 'titles')}, 0)::FLOAT AS title_ageDays,
    coalesce(${userGenre.values.share('genres')}, 0)::FLOAT AS pair_genreAffinity
  FROM labels l
  ASOF LEFT JOIN ${user.table} u ON l.userNo = u.userNo AND l.occurredAt >= u.since
  ASOF LEFT JOIN ${title.table} t ON l.titleNo = t.titleNo AND l.occurredAt >= t.since
  LEFT JOIN genres ON genres.number = l.number
  JOIN users ON users.userNo = l.userNo JOIN title_numbers ON title_numbers.titleNo = l.titleNo
  LEFT JOIN titles ON titles.titleNo = l.titleNo
  ORDER BY l.occurredAt, l.userNo, l.titleNo, l.label`;
