import { BrickError } from '#domain/core/errors.ts';
import { HOUR } from '#domain/core/time.ts';
import { type Api, collectReplyOf, MAX_BATCH, REQUEST_HEADER, RecommendReply } from '#domain/events/api-contract.ts';
import type { ClientEvent } from '#domain/events/events.ts';
import type { Session } from '../worlds/films/events/client-events.ts';
import type { SessionOutcome, Universe } from '../worlds/films/universe.ts';

/** Who decides what a session sees: the service, or the oracle. */
export type Recommend = (session: Session, k: number) => Promise<Recommended>;

export interface Recommended {
  readonly titleIds: readonly string[];
  readonly policy: string;
  /** Whether a stage failed or was late, so that the service fell back on something simpler. */
  readonly degraded: boolean;
}

export interface LivedSession {
  readonly session: Session;
  readonly slate: Recommended;
  readonly events: readonly ClientEvent[];
  readonly outcome: SessionOutcome;
}

export interface LivedHour {
  readonly hour: number;
  readonly sessions: readonly LivedSession[];
  /** Events posted, sign-ups included. */
  readonly events: number;
}

export interface Drive {
  readonly universe: Universe;
  readonly recommend: Recommend;
  readonly api: Api;
  /** Sets the service's clock, UTC epoch milliseconds. */
  readonly setClock: (at: number) => void;
  /** Writes down that every hour before `hoursDone` has been lived. */
  readonly checkpoint: (hoursDone: number) => void | Promise<void>;
  /** Lets the service's consumers catch up. */
  readonly settle: (hour: number) => Promise<void>;
  readonly onHour?: (lived: LivedHour) => void;
  readonly signal?: AbortSignal;
}

const SLATE = 20;
const AT_ONCE = 64;

/**
 * Lives the hours `from` up to, not including, `to`: ask for slates, react, post, write down, settle; in that order, so
 * that a run killed anywhere and started again from its checkpoint does exactly the same. All slates of an hour are asked
 * for at its start, all its events arrive at its end.
 */
export async function live(drive: Drive, from: number, to: number): Promise<void> {
  const { universe, api, setClock, signal } = drive;
  const startAt = universe.size.startAt;
  const releases = Map.groupBy(universe.titles(), ({ occurredAt }) => occurredAt);
  if (from === 0) {
    setClock(startAt);
    await post(api, releases.get(startAt) ?? []);
    await drive.settle(0);
  }
  for (let hour = from; hour < to; hour++) {
    signal?.throwIfAborted();
    setClock(startAt + hour * HOUR);
    const lived = await liveSessions(drive, hour);
    const premieres = hour === 0 ? [] : (releases.get(startAt + hour * HOUR) ?? []);
    const events = [...premieres, ...universe.signupsOf(hour), ...inOrder(lived.flatMap((session) => session.events))];
    setClock(startAt + (hour + 1) * HOUR - 1);
    const wire = universe.onTheWay(hour, events);
    await post(api, wire.events, wire.broken);
    await drive.checkpoint(hour + 1);
    await drive.settle(hour);
    drive.onHour?.({ hour, sessions: lived, events: wire.events.length });
  }
}

const NOTHING: Recommended = { titleIds: [], policy: 'outage', degraded: false };

async function liveSessions({ universe, ...drive }: Drive, hour: number): Promise<LivedSession[]> {
  const recommend = universe.isCutOff(hour) ? async () => NOTHING : drive.recommend;
  const sessions = universe.sessionsOf(hour);
  const lived: LivedSession[] = [];
  for (let i = 0; i < sessions.length; i += AT_ONCE) {
    const some = sessions.slice(i, i + AT_ONCE);
    const slates = await Promise.all(some.map((session) => recommend(session, SLATE)));
    for (const [j, session] of some.entries()) {
      const slate = slates[j] as Recommended;
      lived.push({ session, slate, ...universe.react(session, slate.titleIds) });
    }
  }
  return lived;
}

const inOrder = (events: ClientEvent[]) =>
  events.sort((a, b) => a.occurredAt - b.occurredAt || (a.eventId < b.eventId ? -1 : 1));

export class ServiceRefused extends BrickError {
  override readonly code = 'BRICK_SERVICE_REFUSED';
  constructor(what: string, status: number, body: string) {
    super({
      what: `${what} was answered with ${status}`,
      why: body.slice(0, 500),
      fix: 'See the service log for the same correlation id; the universe goes on from its last whole hour',
    });
  }
}

/**
 * Posts events in batches; nothing is left out.
 *
 * @param broken those that a service may refuse. @default - none
 * @throws ServiceRefused unless every other event is taken in
 */
export async function post(api: Api, events: readonly unknown[], broken: ReadonlySet<unknown> = new Set()) {
  for (let i = 0; i < events.length; i += MAX_BATCH) {
    const batch = events.slice(i, i + MAX_BATCH);
    const headers = { 'content-type': 'application/json' };
    const answer = await api({ method: 'POST', path: '/v1/events', headers, body: JSON.stringify({ events: batch }) });
    const reply = collectReplyOf(answer);
    if (!reply) throw new ServiceRefused('a batch of events', answer.status, answer.body);
    const wrongly = reply.rejected.find(({ index }) => !broken.has(batch[index]));
    if (wrongly) throw new ServiceRefused('an event of a batch', answer.status, JSON.stringify(wrongly));
  }
}

/** Slates by the service, whatever policy it follows. */
export const serviceRecommend =
  (api: Api): Recommend =>
  async ({ userId, requestId, country, device }, k) => {
    const path = `/v1/recommendations?userId=${userId}&k=${k}&country=${country}&device=${device}`;
    const answer = await api({ method: 'GET', path, headers: { [REQUEST_HEADER]: requestId } });
    if (answer.status !== 200) throw new ServiceRefused('a request for a slate', answer.status, answer.body);
    const { items, policy, degraded } = RecommendReply.parse(JSON.parse(answer.body));
    return { titleIds: items.map(({ titleId }) => titleId), policy, degraded: degraded !== null };
  };

/** Slates by someone who knows every taste: the best that any service could do. */
export const oracleRecommend =
  (universe: Universe): Recommend =>
  async (session, k) => ({
    titleIds: universe.oracleSlate(session, k).map(({ titleId }) => titleId),
    policy: 'oracle',
    degraded: false,
  });
