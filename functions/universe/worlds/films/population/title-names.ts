import { PURPOSE, type RandomNumbers } from '#domain/core/philox-random.ts';

const ADJECTIVES =
  'Silent Crimson Last Hidden Broken Golden Distant Paper Northern Second Burning Gentle Hollow Electric Forgotten Blue Borrowed Endless Quiet Midnight'.split(
    ' ',
  );
const NOUNS =
  'River Garden Promise Station Harbour Letter Kingdom Orchard Signal Winter Mirror Passage Lantern Harvest Summer Bridge Witness Voyage Shadow Island'.split(
    ' ',
  );
const PLACES = 'Lisbon Oslo Osaka Havana Tangier Quito Bergen Palermo Nairobi Marseille'.split(' ');
/** Share of the names that end with a place. */
const WITH_PLACE = 0.5;

/** Returns a title's name, such as "The Silent River of Oslo". Different titles may have the same name. */
export function titleName(title: number, { uniform }: Pick<RandomNumbers, 'uniform'>): string {
  const pick = (words: readonly string[], index: number) =>
    words[Math.floor(words.length * uniform(title, 0, PURPOSE.titleName, index))] ?? '';
  const base = `The ${pick(ADJECTIVES, 0)} ${pick(NOUNS, 1)}`;
  return uniform(title, 0, PURPOSE.titleName, 2) < WITH_PLACE ? `${base} of ${pick(PLACES, 3)}` : base;
}
