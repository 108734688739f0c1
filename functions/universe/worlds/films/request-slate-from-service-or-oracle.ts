import { type Api, REQUEST_HEADER, RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { ServiceRefused } from '../../engine/post-events.ts';
import type { HourRun, Respond, SessionRun } from '../../engine/simulation-loop.ts';
import type { Universe } from './create-universe.ts';
import type { Session } from './events/client-events.ts';
import type { SlateReply } from './slate-reply-type.ts';

/** Returns the slate for a session: the service's, or the oracle's. */
export type RequestSlate = Respond<Session, SlateReply>;
export type FilmHour = HourRun<Session, SlateReply>;
export type FilmSession = SessionRun<Session, SlateReply>;

const SLATE_SIZE = 20;
const HTTP_OK = 200;

/** The slate of a session that cannot reach the service: it has no titles. */
export const EMPTY_SLATE: SlateReply = { titleIds: [], policy: 'outage', degraded: false };

/** Requests slates from the service. @param slateSize titles per slate */
export const serviceSlate =
  (api: Api, slateSize = SLATE_SIZE): RequestSlate =>
  async ({ userId, requestId, country, device }) => {
    const path = `/v1/recommendations?userId=${userId}&k=${slateSize}&country=${country}&device=${device}`;
    const response = await api({ method: 'GET', path, headers: { [REQUEST_HEADER]: requestId } });
    if (response.status !== HTTP_OK) throw new ServiceRefused('a request for a slate', response.status, response.body);
    const { items, policy, degraded } = RecommendReply.parse(JSON.parse(response.body));
    return { titleIds: items.map(({ titleId }) => titleId), policy, degraded: degraded !== null };
  };

/** Returns the slates of an oracle that knows every taste: an upper bound for any service. */
export const oracleSlate =
  (universe: Universe): RequestSlate =>
  async (session) => ({
    titleIds: universe.oracleSlate(session, SLATE_SIZE).map(({ titleId }) => titleId),
    policy: 'oracle',
    degraded: false,
  });
