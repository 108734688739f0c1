import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { ArrivingEvents } from './delay-duplicate-skew-and-corrupt-events.ts';

/** The outcome of one session. */
export interface SessionOutcome {
  readonly plays: number;
  /** Sum of the true utilities of all plays, in utils. */
  readonly utility: number;
}

/** An agent's reaction to the service's reply. */
export interface Reaction {
  readonly events: ClientEvent[];
  readonly outcome: SessionOutcome;
}

/**
 * The interface through which the simulation loop runs a world. The loop does not depend on the kind of items that the
 * agents consume.
 *
 * @typeParam Session one request of one agent to the service
 * @typeParam Reply the service's response to such a request
 */
export interface SimulatedWorld<Session, Reply> {
  readonly size: {
    /** UTC epoch ms. */
    readonly startAt: number;
  };
  /** Returns the public catalogue as events, each at the time at which it is announced. */
  catalogueEvents(): readonly ClientEvent[];
  /** Returns the sign-ups of one hour. */
  signupsOf(hour: number): readonly ClientEvent[];
  /** Returns the sessions of one hour, in order of arrival. */
  sessionsOf(hour: number): readonly Session[];
  /** Shows a reply to the session's agent, updates the agent's state and returns the agent's reaction. */
  react(session: Session, reply: Reply): Reaction;
  /** Returns whether an outage cuts all agents off from the service in this hour. */
  isCutOff(hour: number): boolean;
  /** Returns the events that reach the service in this hour: some of `events`, and delayed events of earlier hours. */
  arriving(hour: number, events: readonly ClientEvent[]): ArrivingEvents;
}
