import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DIALECTS, type Dialect } from './formats/data-set-formats.ts';
import { NoDataSet } from './import-errors.ts';

/** Paths of one data set's files; undefined for files that do not exist. */
export interface DataSet {
  readonly dialect: Dialect;
  readonly ratings: string;
  readonly titles?: string;
  readonly users?: string;
}

const FILES_SHOWN = 5;

/**
 * Finds a ratings file and the other files of its data set next to it. @param path a folder, or a ratings file @throws
 * NoDataSet
 */
export async function findDataSet(path: string): Promise<DataSet> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new NoDataSet(`${path} does not exist`, 'the path is wrong, or the data set was not downloaded');
  const ratings = found.isDirectory() ? await ratingsIn(path) : resolve(path);
  const name = basename(ratings);
  const dialect = DIALECTS.find(({ isRatings }) => isRatings.test(name));
  if (!dialect)
    throw new NoDataSet(`${path} is not a ratings file`, 'its name is not one that MovieLens or RecBole uses');
  return { dialect, ratings, ...(await beside(dialect, ratings)) };
}

async function ratingsIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const ratings = names.filter((name) => DIALECTS.some(({ isRatings }) => isRatings.test(name)));
  const [only] = ratings;
  if (only && ratings.length === 1) return resolve(folder, only);
  if (ratings.length > 1) {
    throw new NoDataSet(
      `${folder} contains ${ratings.join(', ')}`,
      'only one data set can be imported at a time',
      'Pass one of these files',
    );
  }
  const content = names.length === 0 ? 'it is empty' : `it contains ${listed(names)}`;
  throw new NoDataSet(`${folder} contains no ratings file`, content);
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
