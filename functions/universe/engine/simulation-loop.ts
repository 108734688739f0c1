import { HOUR } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import { postEvents } from './post-events.ts';
import type { Reaction, SimulatedWorld } from './simulated-world-types.ts';

/** Returns the reply that a session sees: the service's, or an oracle's. */
export type Respond<Session, Reply> = (session: Session) => Promise<Reply>;

export interface SessionRun<Session, Reply> extends Reaction {
  readonly session: Session;
  readonly reply: Reply;
}

export interface HourRun<Session, Reply> {
  readonly hour: number;
  readonly sessions: readonly SessionRun<Session, Reply>[];
  /** Number of posted events, sign-ups included. */
  readonly events: number;
}

export interface SimulationLoop<Session, Reply> {
  readonly universe: SimulatedWorld<Session, NoInfer<Reply>>;
  readonly respond: Respond<Session, Reply>;
  /** Reply that a session receives while the service cannot be reached. */
  readonly duringOutage: Reply;
  readonly api: Api;
  /** Sets the service's clock, UTC epoch ms. */
  readonly setClock: (at: number) => void;
  /** Records that every hour before `hoursDone` is complete. */
  readonly checkpoint: (hoursDone: number) => void | Promise<void>;
  /** Waits until the service's consumers have caught up. */
  readonly settle: (hour: number) => Promise<void>;
  /** Whether the service may reject any event, because a learner's code validates. @default - it may not */
  readonly mayReject?: () => boolean;
  readonly onHour?: (run: HourRun<Session, Reply>) => void;
  readonly signal?: AbortSignal;
}

const CONCURRENT_REQUESTS = 64;

/**
 * Simulates the hours `from` up to, not including, `to`. For each hour, it requests the replies, lets the agents react,
 * posts the events, writes a checkpoint and waits for the consumers, in this order. A run that was killed at any point
 * and resumes from its checkpoint therefore repeats exactly the same events. All replies of an hour are requested at
 * its start; all its events arrive at its end.
 */
export async function simulateHours<Session, Reply>(
  loop: SimulationLoop<Session, Reply>,
  from: number,
  to: number,
): Promise<void> {
  const { universe, api, setClock, signal } = loop;
  const startAt = universe.size.startAt;
  const catalogue = Map.groupBy(universe.catalogueEvents(), ({ occurredAt }) => occurredAt);
  if (from === 0) {
    setClock(startAt);
    await postEvents(api, catalogue.get(startAt) ?? [], undefined, loop.mayReject);
    await loop.settle(0);
  }
  for (let hour = from; hour < to; hour++) {
    signal?.throwIfAborted();
    setClock(startAt + hour * HOUR);
    const sessions = await simulateSessions(loop, hour);
    const announced = hour === 0 ? [] : (catalogue.get(startAt + hour * HOUR) ?? []);
    const events = [
      ...announced,
      ...universe.signupsOf(hour),
      ...inOrder(sessions.flatMap((session) => session.events)),
    ];
    setClock(startAt + (hour + 1) * HOUR - 1);
    const arriving = universe.arriving(hour, events);
    await postEvents(api, arriving.events, arriving.broken, loop.mayReject);
    await loop.checkpoint(hour + 1);
    await loop.settle(hour);
    loop.onHour?.({ hour, sessions, events: arriving.events.length });
  }
}

async function simulateSessions<Session, Reply>(
  { universe, duringOutage, ...loop }: SimulationLoop<Session, Reply>,
  hour: number,
): Promise<SessionRun<Session, Reply>[]> {
  const respond = universe.isCutOff(hour) ? async () => duringOutage : loop.respond;
  const sessions = universe.sessionsOf(hour);
  const runs: SessionRun<Session, Reply>[] = [];
  for (let i = 0; i < sessions.length; i += CONCURRENT_REQUESTS) {
    const batch = sessions.slice(i, i + CONCURRENT_REQUESTS);
    const replies = await allEnded(batch.map(respond));
    for (const [j, session] of batch.entries()) {
      const reply = replies[j] as Reply;
      runs.push({ session, reply, ...universe.react(session, reply) });
    }
  }
  return runs;
}

/** Like Promise.all, but a failed request does not leave others running: an hour that is repeated begins after all have ended. */
async function allEnded<Reply>(requests: readonly Promise<Reply>[]): Promise<Reply[]> {
  await Promise.allSettled(requests);
  return await Promise.all(requests);
}

const inOrder = (events: ClientEvent[]) =>
  events.sort((a, b) => a.occurredAt - b.occurredAt || (a.eventId < b.eventId ? -1 : 1));
