import type { ClientEvent } from '#domain/events/events.ts';
import type { ArrivingEvents } from './delivery-faults.ts';

/** What one session gave its agent. */
export interface SessionOutcome {
  readonly plays: number;
  /** Sum of the true utilities of everything that was played, in utils. */
  readonly utility: number;
}

/** How an agent reacted to the service's reply. */
export interface Reaction {
  readonly events: ClientEvent[];
  readonly outcome: SessionOutcome;
}

/**
 * A world as the simulation loop sees it. The loop does not depend on what the agents consume.
 *
 * @typeParam Session one request of one agent to the service
 * @typeParam Reply what the service returns to it
 */
export interface SimulatedWorld<Session, Reply> {
  readonly size: {
    /** UTC epoch ms. */
    readonly startAt: number;
  };
  /** Everything that a service may know of the catalogue, each event at the time when it becomes known. */
  catalogueEvents(): readonly ClientEvent[];
  /** The sign-ups of one hour. */
  signupsOf(hour: number): readonly ClientEvent[];
  /** The sessions of one hour, in order of arrival. */
  sessionsOf(hour: number): readonly Session[];
  /** Shows a reply to the session's agent and updates what the agent remembers. */
  react(session: Session, reply: Reply): Reaction;
  /** Whether an outage cuts all agents off from the service in this hour. */
  isCutOff(hour: number): boolean;
  /** The events that reach the service in this hour: some of `events`, and delayed ones of earlier hours. */
  arriving(hour: number, events: readonly ClientEvent[]): ArrivingEvents;
}
