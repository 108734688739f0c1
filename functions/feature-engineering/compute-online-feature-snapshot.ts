import type { DuckDb } from '#adapters/duckdb/open-duckdb.ts';
import {
  type MaterialisedTitle,
  type MaterialisedUser,
  NO_TITLE_COUNTS,
  USER_FEATURES,
  type UserFeatures,
} from '#domain/features/feature-names-and-online-items.ts';
import { TITLES_SNAPSHOT, USERS_SNAPSHOT } from './views/load-change-tables.ts';
import { loadWanted } from './views/select-entities.ts';

type UserRow = UserFeatures & {
  readonly userId: string;
  readonly country: string | null;
  readonly genreShare: string | null;
};
type TitleRow = MaterialisedTitle['features'] & { readonly titleId: string };

/**
 * Items to write to the online table (`users`, `titles`), and the ids of the selected users and titles without any event
 * (`goneUsers`, `goneTitles`).
 */
export interface Snapshot {
  readonly users: readonly MaterialisedUser[];
  readonly titles: readonly MaterialisedTitle[];
  /** User id → country. The profile contains it, not the features. */
  readonly countries: ReadonlyMap<string, string | null>;
  readonly goneUsers: readonly string[];
  readonly goneTitles: readonly string[];
}

/**
 * Computes the features of the selected users and titles (views/select-entities.ts) from the lake.
 *
 * @param at UTC epoch ms
 */
export async function snapshot(database: DuckDb, at: number): Promise<Snapshot> {
  await loadWanted(database, at);
  const users = await database.rows<UserRow>(
    `SELECT * REPLACE (to_json(genreShare)::VARCHAR AS genreShare) FROM (${USERS_SNAPSHOT})`,
  );
  const titles = await database.rows<TitleRow>(TITLES_SNAPSHOT);
  return {
    users: users.map((row) => userItem(row, at)),
    titles: titles.map((row) => ({ titleId: row.titleId, asOf: at, features: pick(row, TITLE_COUNTS) })),
    countries: new Map(users.map(({ userId, country }) => [userId, country])),
    goneUsers: await without(database, 'wanted_users', 'userId', users),
    goneTitles: await without(database, 'wanted_titles', 'titleId', titles),
  };
}

const TITLE_COUNTS = Object.keys(NO_TITLE_COUNTS) as (keyof MaterialisedTitle['features'])[];

function userItem(row: UserRow, asOf: number): MaterialisedUser {
  const genreShare = row.genreShare === null ? {} : (JSON.parse(row.genreShare) as Record<string, number>);
  return { userId: row.userId, asOf, features: pick(row, USER_FEATURES), genreShare };
}

const pick = <Name extends string>(row: Readonly<Record<Name, number>>, names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, row[name]])) as Record<Name, number>;

async function without<Key extends string>(
  database: DuckDb,
  wanted: string,
  key: Key,
  found: readonly Readonly<Record<Key, string>>[],
): Promise<string[]> {
  const known = new Set(found.map((row) => row[key]));
  const rows = await database.rows<Record<Key, string>>(`SELECT ${key} FROM ${wanted}`);
  return rows.map((row) => row[key]).filter((id) => !known.has(id));
}
