import { createUniverse, type Universe } from '../../../functions/universe/worlds/films/create-universe.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import type { SlateReply } from '../../../functions/universe/worlds/films/slate-reply-type.ts';
import type { CityReport } from '../../../localstack/embedded/city/policy-comparison-report.ts';

/** Start of the universe, a Monday. */
export const START = Date.UTC(2026, 0, 5);
const SLATE = 20;

export const smallUniverse = (agents = 400): Universe =>
  createUniverse({ seed: 7, agents, titles: 120, startAt: START });

type Session = ReturnType<Universe['sessionsOf']>[number];
type SlateOf = (universe: Universe, session: Session) => SlateReply;

/** Returns the same titles for all agents. */
export const popular: SlateOf = (universe) => ({
  titleIds: Array.from({ length: SLATE }, (_, title) => universe.titleId(title)),
  policy: 'popular',
  degraded: false,
});

/** Returns a policy that serves the titles of `popular` to held-back agents, and the oracle's titles to the others. */
export const championFor =
  (heldBack: (agent: number) => boolean): SlateOf =>
  (universe, session) =>
    heldBack(session.agent)
      ? popular(universe, session)
      : {
          titleIds: universe.oracleSlate(session, SLATE).map(({ titleId }) => titleId),
          policy: 'model',
          degraded: false,
        };

/** Simulates one hour of the universe without the recommendation service. */
export function simulatedHour(universe: Universe, hour: number, slateOf: SlateOf = popular): FilmHour {
  const sessions = universe.sessionsOf(hour).map((session) => {
    const reply = slateOf(universe, session);
    return { session, reply, ...universe.react(session, reply) };
  });
  return { hour, sessions, events: sessions.reduce((sum, { events }) => sum + events.length, 0) };
}

const result = (utilityPerSession: number) => ({
  utilityPerSession,
  playsPerSession: utilityPerSession / 1.1,
  returnRateDay7: 0.31,
  coverage: 0.42,
});

export const REPORT: CityReport = {
  seed: 7,
  eventLogHash: 'f'.repeat(64),
  policies: { random: result(0.41), popular: result(0.92), champion: result(1.34), oracle: result(2.05) },
  lift: { overPopular: 0.457, interval: [0.41, 0.5], oracleShare: 0.372, pairingGain: 6.4 },
  timings: {},
  championVersion: '9f31c2ab07de',
  verdict: 'NDCG@10 rose from 0.112 to 0.148',
};
