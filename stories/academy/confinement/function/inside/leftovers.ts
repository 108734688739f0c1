import type { LearnerRealm, TurnEnd } from './learner-realm.ts';

/** A promise of the learner's code was rejected, and nothing handled it. In a server, that ends the process. */
let unhandled: { readonly reason: unknown } | undefined;
process.on('unhandledRejection', (reason) => {
  unhandled ??= { reason };
});

const eventLoopTurn = (): Promise<void> => new Promise((done) => setImmediate(done));

/**
 * Lets the event loop turn, for what the code has left behind.
 *
 * @returns the description of a rejection that nothing handled, if there was one
 */
export async function leftovers(realm: LearnerRealm, milliseconds: number): Promise<TurnEnd | undefined> {
  await eventLoopTurn();
  if (!unhandled) return undefined;
  realm.describe(unhandled.reason);
  unhandled = undefined;
  const end = realm.turn(milliseconds);
  return end.kind === 'threw' ? { ...end, message: `an unhandled rejection: ${end.message}` } : end;
}
