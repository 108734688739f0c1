/** Share of the accounts that one person uses. */
const SINGLE = 0.82;
/** Share of the accounts that one or two people use. Three people use each of the others. */
const UP_TO_TWO = 0.95;
const THREE = 3;
/** Share of a shared account's sessions that belong to its owner. */
const OWNER_SHARE = 0.6;

/**
 * Returns the number of people who share an account: 1, 2 or 3.
 *
 * Source  Zhang, Fawaz, Ioannidis, Montanari 2012, "Guess who rated this movie: identifying users through subspace
 *         clustering"
 *
 * @param point uniform in [0, 1)
 */
export const householdSize = (point: number): number => (point < SINGLE ? 1 : point < UP_TO_TWO ? 2 : THREE);

/** Returns the number of the person behind a session; 0 is the owner of the account. @param point uniform in [0, 1) */
export function activePerson(people: number, point: number): number {
  if (people === 1 || point < OWNER_SHARE) return 0;
  return 1 + Math.floor(((point - OWNER_SHARE) / (1 - OWNER_SHARE)) * (people - 1));
}
