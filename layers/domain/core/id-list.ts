/** No id has a space. */
const BETWEEN = ' ';

/** Many ids as one text: it is read as one, where a list would be looked up id by id among all texts that there are. */
export const textOfIds = (ids: readonly string[]): string => ids.join(BETWEEN);

export const idsOfText = (text: string): readonly string[] => (text === '' ? [] : text.split(BETWEEN));
