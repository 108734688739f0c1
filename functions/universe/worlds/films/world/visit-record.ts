import { DIMENSIONS } from '../population/title-catalogue.ts';

/** Longest slate that a session reads, in titles. */
export const LONGEST_SLATE = 100;

/** Mutable session buffer, reused for all sessions of a world (about a million per second). */
export interface Visit {
  agent: number;
  /** Row of the agent in the arrays of its range. */
  at: number;
  hour: number;
  /** Minute of the hour in which the session begins, with fraction. */
  minute: number;
  /** Index into DEVICES. */
  device: number;
  /** Index into the personas: this persona's friends recommend titles. */
  persona: number;
  /** Current taste of the person behind the session: own taste plus drift, minus satiation. Shape (DIMENSIONS,). */
  readonly taste: Float32Array;
  /** Utility that a title of freshness 1 adds, in utils. */
  noveltyBonus: number;
  /** Probability of looking at the next title. */
  patience: number;
  /** Title that the agent found without the slate, or −1. */
  found: number;
  /** Number of titles of the slate that the agent looked at. */
  examinedCount: number;
  /** These titles, in order, and for each whether it was played. */
  readonly examinedTitles: Uint32Array;
  readonly played: Uint8Array;
  /** Plays and their summed utility, including a title found without the slate. */
  plays: number;
  utility: number;
}

export const newVisit = (): Visit => ({
  agent: 0,
  at: 0,
  hour: 0,
  minute: 0,
  device: 0,
  persona: 0,
  taste: new Float32Array(DIMENSIONS),
  noveltyBonus: 0,
  patience: 0,
  found: -1,
  examinedCount: 0,
  examinedTitles: new Uint32Array(LONGEST_SLATE),
  played: new Uint8Array(LONGEST_SLATE),
  plays: 0,
  utility: 0,
});
