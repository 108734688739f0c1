import type { LearnerRealm, TurnEnd } from './learner-realm.ts';

/** The first rejected promise of the learner's code that nothing handled. In a server, it would end the process. */
let unhandled: { readonly reason: unknown } | undefined;
process.on('unhandledRejection', (reason) => {
  unhandled ??= { reason };
});

const eventLoopTurn = (): Promise<void> => new Promise((done) => setImmediate(done));

/**
 * Runs one turn of the event loop, in which Node reports unhandled rejections.
 *
 * @returns the description of an unhandled rejection, if there was one
 */
export async function leftovers(realm: LearnerRealm, milliseconds: number): Promise<TurnEnd | undefined> {
  await eventLoopTurn();
  if (!unhandled) return undefined;
  realm.describe(unhandled.reason);
  unhandled = undefined;
  const end = realm.turn(milliseconds);
  return end.kind === 'threw' ? { ...end, message: `an unhandled rejection: ${end.message}` } : end;
}
