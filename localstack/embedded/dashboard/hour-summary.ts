import { HOUR } from '#domain/core/time.ts';
import type {
  FilmHour,
  FilmSession,
} from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import type { HourPoint, PolicyHour } from './live-message-types.ts';

const MAX_AGENTS_SHOWN = 12;

/** Returns the totals of one hour. @param startAt start of the universe, UTC epoch milliseconds */
export function hourPoint({ hour, events, sessions }: FilmHour, startAt: number, eventsPerSecond: number): HourPoint {
  const policies: Record<string, PolicyHour> = {};
  for (const { reply, outcome } of sessions) {
    const sum = policies[reply.policy] ?? { sessions: 0, plays: 0, utility: 0 };
    policies[reply.policy] = {
      sessions: sum.sessions + 1,
      plays: sum.plays + outcome.plays,
      utility: sum.utility + outcome.utility,
    };
  }
  return { hour, at: startAt + (hour + 1) * HOUR, online: sessions.length, events, eventsPerSecond, policies };
}

/**
 * Returns the ids of the agents with the most plays, most plays first: their days are the most interesting to show.
 */
export const mostActiveAgents = (sessions: readonly FilmSession[]): string[] =>
  sessions
    .toSorted((a, b) => b.outcome.plays - a.outcome.plays || a.session.agent - b.session.agent)
    .slice(0, MAX_AGENTS_SHOWN)
    .map(({ session }) => session.userId);
