import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DIALECTS, type Dialect } from './formats/data-set-formats.ts';
import { NoDataSet } from './import-errors.ts';

/** The files of one data set, found; those that are not there are undefined. */
export interface DataSet {
  readonly dialect: Dialect;
  readonly ratings: string;
  readonly titles?: string;
  readonly users?: string;
}

const FILES_SHOWN = 5;

/** Finds the ratings under a path and what lies beside them. @param path a folder, or a file of ratings @throws NoDataSet */
export async function findDataSet(path: string): Promise<DataSet> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new NoDataSet(`${path} does not exist`, 'the path is wrong, or the data was never fetched');
  const ratings = found.isDirectory() ? await ratingsIn(path) : resolve(path);
  const name = basename(ratings);
  const dialect = DIALECTS.find(({ isRatings }) => isRatings.test(name));
  if (!dialect)
    throw new NoDataSet(`${path} is no file of ratings`, 'its name is not one that MovieLens or RecBole uses');
  return { dialect, ratings, ...(await beside(dialect, ratings)) };
}

async function ratingsIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const ratings = names.filter((name) => DIALECTS.some(({ isRatings }) => isRatings.test(name)));
  const [only] = ratings;
  if (only && ratings.length === 1) return resolve(folder, only);
  if (ratings.length > 1) {
    throw new NoDataSet(
      `${folder} holds ${ratings.join(', ')}`,
      'one data set is imported at a time',
      'Name one of these files',
    );
  }
  const seen = names.length === 0 ? 'it is empty' : `it holds ${listed(names)}`;
  throw new NoDataSet(`${folder} holds no file of ratings`, seen);
}

const listed = (names: readonly string[]): string =>
  names.length > FILES_SHOWN
    ? `${names.slice(0, FILES_SHOWN).join(', ')} and ${names.length - FILES_SHOWN} more`
    : names.join(', ');

async function beside(dialect: Dialect, ratings: string): Promise<Pick<DataSet, 'titles' | 'users'>> {
  const present = async (name: string | undefined) => {
    const path = name && join(dirname(ratings), name);
    return path && (await stat(path).catch(() => undefined))?.isFile() ? path : undefined;
  };
  const name = basename(ratings);
  return { titles: await present(dialect.titlesBeside(name)), users: await present(dialect.usersBeside?.(name)) };
}
