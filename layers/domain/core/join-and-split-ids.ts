/** Separator of ids, which contain no spaces. */
const SEPARATOR = ' ';

/**
 * Joins ids into one string. Splitting it is faster than parsing a JSON array, in which V8 looks up every string in its
 * string table.
 */
export const joinIds = (ids: readonly string[]): string => ids.join(SEPARATOR);

export const splitIds = (text: string): readonly string[] => (text === '' ? [] : text.split(SEPARATOR));
