import type { ClientEvent } from '#domain/events.ts';
import { MINUTE, SECOND } from '#domain/time.ts';
import type { Look } from './choice.ts';

/** One visit of one agent; an agent comes at most once an hour. */
export interface Session {
  readonly agent: number;
  readonly hour: number;
  readonly userId: string;
  readonly sessionId: string;
  readonly requestId: string;
  readonly country: string;
  readonly device: 'tv' | 'phone' | 'tablet' | 'web';
  /** UTC epoch milliseconds. */
  readonly startsAt: number;
  /** The last millisecond of the session's hour: no event is sent later. */
  readonly endsBy: number;
}

/** What the agent did, before it becomes events. */
export interface Deeds {
  readonly looks: readonly Look[];
  /** A title the agent looked for by itself and played. */
  readonly found?: { readonly title: number; readonly query: string };
  readonly ratings: ReadonlyMap<number, number>;
}

const LOOK = 4 * SECOND;
const TO_PLAY = 2 * SECOND;
const WATCH = MINUTE;
const TO_SEND = SECOND / 2;

type Body = Record<string, unknown> & { readonly type: ClientEvent['type'] };

/**
 * A session as the client tells it: search, impression, then click, play and rating of each title played, in the order of
 * their times. Ids follow from agent, hour and place, so that a repeated hour repeats them.
 */
export function sessionEvents(session: Session, deeds: Deeds, titleId: (title: number) => string): ClientEvent[] {
  const events: ClientEvent[] = [];
  let at = session.startsAt;
  const tell = (body: Body) => {
    const occurredAt = Math.min(at, session.endsBy - TO_SEND);
    events.push({
      ...body,
      eventId: `e-${session.agent}-${session.hour}-${events.length}`,
      userId: session.userId,
      sessionId: session.sessionId,
      device: session.device,
      occurredAt,
      sentAt: occurredAt + TO_SEND,
    } as ClientEvent);
  };
  const watch = (title: number, cause: { requestId?: string }) => {
    at += TO_PLAY;
    tell({ type: 'play', titleId: titleId(title), ...cause });
    const rating = deeds.ratings.get(title);
    at += WATCH;
    if (rating !== undefined) tell({ type: 'rate', titleId: titleId(title), rating });
  };
  if (deeds.found) {
    tell({ type: 'search', query: deeds.found.query });
    watch(deeds.found.title, {});
  }
  if (deeds.looks.length > 0) {
    const { requestId } = session;
    tell({ type: 'impression', requestId, titleIds: deeds.looks.map(({ title }) => titleId(title)) });
    for (const { title, played } of deeds.looks) {
      at += LOOK;
      if (!played) continue;
      tell({ type: 'click', titleId: titleId(title), requestId });
      watch(title, { requestId });
    }
  }
  return events;
}
