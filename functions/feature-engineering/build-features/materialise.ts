import type { DuckDb } from '#adapters/duckdb.ts';
import {
  type MaterialisedUser,
  type OnlineTitle,
  TITLE_FEATURES,
  type TitleFeatures,
  titleKey,
  USER_FEATURES,
  type UserFeatures,
  userFeaturesKey,
} from '#domain/features.ts';
import type { Table, TableEntry } from '#ports/table.ts';
import { titlesAsOf, usersAsOf } from '../views/changes.ts';

const WRITTEN_AT_ONCE = 1_000;

type UserRow = UserFeatures & { readonly userId: string; readonly genreShare: string | null };
type TitleRow = TitleFeatures & Pick<OnlineTitle, 'titleId'>;

/** Offline → online: the same snapshots that the trainer reads, as items that serving reads. */
export async function materialise(database: DuckDb, features: Table, asOf: number): Promise<void> {
  const users = `SELECT * REPLACE (to_json(genreShare)::VARCHAR AS genreShare) FROM (${usersAsOf(asOf)})`;
  await putAll(
    features,
    (await database.rows<UserRow>(users)).map((row) => userEntry(row, asOf)),
  );
  const known = new Map((await features.query<OnlineTitle>(titleKey('').pk)).map(({ sk, item }) => [sk, item]));
  const rows = await database.rows<TitleRow>(titlesAsOf(asOf));
  await putAll(
    features,
    rows.flatMap((row) => {
      const before = known.get(row.titleId);
      return before ? [{ key: titleKey(row.titleId), item: { ...before, features: pick(row, TITLE_FEATURES) } }] : [];
    }),
  );
}

function userEntry(row: UserRow, asOf: number): TableEntry {
  const genreShare = row.genreShare === null ? {} : (JSON.parse(row.genreShare) as Record<string, number>);
  const item: MaterialisedUser = { userId: row.userId, asOf, features: pick(row, USER_FEATURES), genreShare };
  return { key: userFeaturesKey(row.userId), item };
}

const pick = <Name extends string>(row: Readonly<Record<Name, number>>, names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, row[name]])) as Record<Name, number>;

async function putAll(features: Table, entries: readonly TableEntry[]): Promise<void> {
  for (let i = 0; i < entries.length; i += WRITTEN_AT_ONCE) {
    await features.putMany(entries.slice(i, i + WRITTEN_AT_ONCE));
  }
}
