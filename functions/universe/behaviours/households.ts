/** Share of the accounts that one person, two, and three people use. */
const ALONE = 0.82;
const PAIR = 0.95;
const THREE = 3;
/** Share of a shared account's sessions that are its first person's. */
const OWNER = 0.6;

/**
 * How many people use an account. @param point uniform in [0, 1)
 *
 * Source  Zhang, Fawaz, Ioannidis, Montanari 2012, "Guess who rated this movie: identifying users through subspace
 *         clustering"
 */
export const householdSize = (point: number): number => (point < ALONE ? 1 : point < PAIR ? 2 : THREE);

/** Who of them has come: 0 is the owner. @param point uniform in [0, 1) */
export function activePerson(people: number, point: number): number {
  if (people === 1 || point < OWNER) return 0;
  return 1 + Math.floor(((point - OWNER) / (1 - OWNER)) * (people - 1));
}
