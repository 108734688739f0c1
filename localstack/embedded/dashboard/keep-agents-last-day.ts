import { HOUR } from '#domain/core/time.ts';
import type { Universe } from '../../../functions/universe/worlds/films/create-universe.ts';
import type {
  FilmHour,
  FilmSession,
} from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import type { AgentDay, SessionView, TitleView } from './live-message-types.ts';

const DAY_HOURS = 24;
/** Maximum number of sessions in memory: about one simulated day of 60,000 agents. */
const MAX_SESSIONS = 40_000;
const FAVOURITES = 10;

type Name = Pick<TitleView, 'name' | 'genres'> & { readonly releasedAt: number };

/** Stores the sessions of the last simulated day, from which it returns the day of any agent. */
export function agentDays() {
  const hours: FilmHour[] = [];
  let count = 0;
  let universe: Universe | undefined;
  let names = new Map<string, Name>();
  return {
    add(filmHour: FilmHour, of: Universe): void {
      if (universe !== of) names = namesOf(of);
      universe = of;
      hours.push(filmHour);
      count += filmHour.sessions.length;
      while (hours.length > DAY_HOURS || (count > MAX_SESSIONS && hours.length > 1)) {
        count -= hours.shift()?.sessions.length ?? 0;
      }
    },
    /** Returns an agent's last day. @returns undefined for an unknown id, and before the first hour */
    of(userId: string): AgentDay | undefined {
      const agent = universe && agentOf(universe, userId);
      if (!universe || agent === undefined) return undefined;
      const mine = hours.flatMap(({ sessions }) => sessions.filter(({ session }) => session.agent === agent));
      return dayOf({ universe, agent, names, hour: hours.at(-1)?.hour ?? 0 }, mine.reverse());
    },
  };
}

function namesOf(universe: Universe): Map<string, Name> {
  return new Map(
    universe.catalogueEvents().map(({ titleId, name, genres, releasedAt }) => [titleId, { name, genres, releasedAt }]),
  );
}

function agentOf({ size, userId }: Universe, id: string): number | undefined {
  const agent = Number(/^u-(\d{1,9})$/.exec(id)?.[1]);
  return agent < size.agents && userId(agent) === id ? agent : undefined;
}

const indexOf = (titleId: string) => Number(titleId.slice('t-'.length));

interface AgentContext {
  readonly universe: Universe;
  readonly agent: number;
  readonly names: ReadonlyMap<string, Name>;
  /** Last simulated hour. */
  readonly hour: number;
}

function dayOf({ universe, agent, names, hour }: AgentContext, sessions: readonly FilmSession[]): AgentDay {
  /**
   * Returns a function that describes a title with its utility for the agent. The utility depends on the hour `at`,
   * because tastes drift and interest wears off.
   */
  const viewAt =
    (at: number) =>
    (titleId: string): TitleView => ({
      titleId,
      name: names.get(titleId)?.name ?? titleId,
      genres: names.get(titleId)?.genres ?? [],
      utility: universe.trueUtility(agent, indexOf(titleId), at),
    });
  const { satisfaction, churned } = universe.state;
  return {
    userId: universe.userId(agent),
    country: universe.countryOf(agent),
    contentment: satisfaction[agent] ?? 0,
    hasLeft: churned[agent] === 1,
    favourites: [...names]
      .filter(([, { releasedAt }]) => releasedAt <= universe.size.startAt + hour * HOUR)
      .map(([titleId]) => viewAt(hour)(titleId))
      .sort((a, b) => b.utility - a.utility)
      .slice(0, FAVOURITES)
      .map((title) => ({ ...title, seen: universe.hasSeen(agent, indexOf(title.titleId)) })),
    sessions: sessions.map((filmSession) => sessionView(filmSession, viewAt(filmSession.session.hour))),
  };
}

function sessionView({ session, reply, events }: FilmSession, view: (titleId: string) => TitleView): SessionView {
  const looked = new Set(events.flatMap((event) => (event.type === 'impression' ? event.titleIds : [])));
  const plays = events.flatMap((event) => (event.type === 'play' ? [event] : []));
  const played = new Set(plays.filter(({ requestId }) => requestId !== undefined).map(({ titleId }) => titleId));
  const found = plays.find(({ requestId }) => requestId === undefined);
  const ratings = new Map(events.flatMap((event) => (event.type === 'rate' ? [[event.titleId, event.rating]] : [])));
  return {
    startedAt: session.startsAt,
    device: session.device,
    policy: reply.policy,
    ...(found ? { found: view(found.titleId) } : {}),
    slate: reply.titleIds.map((titleId, i) => ({
      ...view(titleId),
      position: i + 1,
      looked: looked.has(titleId),
      played: played.has(titleId),
      ...(played.has(titleId) ? { rating: ratings.get(titleId) } : {}),
    })),
  };
}
