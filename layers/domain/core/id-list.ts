/** Separator of ids, which contain no spaces. */
const SEPARATOR = ' ';

/** Joins ids into one string. It parses faster than a JSON array, for which V8 looks up every id in its table of strings. */
export const joinIds = (ids: readonly string[]): string => ids.join(SEPARATOR);

export const splitIds = (text: string): readonly string[] => (text === '' ? [] : text.split(SEPARATOR));
