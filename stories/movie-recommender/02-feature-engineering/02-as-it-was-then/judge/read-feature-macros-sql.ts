import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SQL = join(import.meta.dirname, '../../../../../functions/feature-engineering/views/sql');

/** Statements of the feature job's macros, which the query may use: mean_rating(), genre_share(), age_days(). */
export const MACROS: readonly string[] = [
  readFileSync(join(SQL, 'macros/mean-rating-genre-share-and-age.sql'), 'utf8'),
];
