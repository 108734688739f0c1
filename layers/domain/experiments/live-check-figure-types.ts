import type { Estimate } from '../core/paired-and-bootstrap-estimates.ts';

/** What our instruments measured in one small city. */
export interface CitySide {
  readonly sessions: number;
  readonly playsPerSession: number;
  /** Mean true utility of all plays, per session. */
  readonly utilityPerSession: number;
  /** Events that arrived at the service, repeats included. */
  readonly arrived: number;
  /** Events that the reference rejects. */
  readonly invalid: number;
  /** Events that the reference accepts and this city rejected. */
  readonly falselyRejected: number;
  /** Events that the reference rejects and this city accepted. */
  readonly letIn: number;
  /** Slates that a fallback served. */
  readonly degraded: number;
  /** Requests that the guard against hanging code ended. If it is not 0, the city cannot be judged. */
  readonly guardFired: number;
}

/** Evaluation of one policy on the log of one world, and the true value, which only the universe contains. */
export interface OffPolicyFigures {
  readonly truth: number;
  readonly ips: Estimate;
  /** Mean importance weight, whose expectation is 1. */
  readonly weight: Estimate;
  readonly requests: number;
}

/** One run of the pipeline in a small city. */
export interface PipelineNight {
  /** What is special about the night. */
  readonly night: 'trainer-fails' | 'normal' | 'features-fail' | 'late-archive';
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** Whether the run ended, and changed the served model, as the results of its tasks require. */
  readonly isRight: boolean;
  /** How it ended instead, in words. @default - it is right */
  readonly wrong?: string;
  /** Whether the input of the last state contains the run's id and the task's error. @default - nothing failed */
  readonly isRecorded?: boolean;
  /** Number of states that the run entered. */
  readonly states: number;
}

/** How one small city collected the events of clients that retry. */
export interface CollectionSide {
  /** Distinct valid events that clients sent. */
  readonly events: number;
  /** Batches that arrived at the service, retries included. */
  readonly deliveries: number;
  /** Deliveries in which a port failed, or the process was killed. */
  readonly disturbed: number;
  /** Events that were acknowledged and are not in the log. */
  readonly lost: number;
  /** Events that readers of the log see more than once. */
  readonly seenTwice: number;
  /** Records of events that the log already contained. Readers drop most of them. */
  readonly copies: number;
  /** Copies of events that an undisturbed delivery had acknowledged before, or that the same delivery had appended. */
  readonly needlessCopies: number;
  /** Batches for which no retry got a response. */
  readonly unanswered: number;
  /** Most calls of ports in one delivery. */
  readonly mostCalls: number;
}

/** What alert rules did in a small city with an outage and a lost target. Null: it did not happen. */
export interface AlertFigures {
  /** Minutes from the start of the outage until a page. */
  readonly minutesToPage: number | null;
  /** Minutes from the end of the outage until the page ended. */
  readonly minutesToEnd: number | null;
  /** Minutes from the last scrape of the lost target until an alert about missing data. */
  readonly minutesToMissing: number | null;
  /** Alerts that started without a cause. */
  readonly falseAlerts: readonly string[];
}
