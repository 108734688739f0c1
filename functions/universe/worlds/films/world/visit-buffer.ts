import { DIMENSIONS } from '../population/title-catalogue.ts';

/** Longest slate that a session reads, in titles. */
export const LONGEST_SLATE = 100;

/** Mutable session buffer, reused for all sessions of a world (about a million per second). */
export interface Visit {
  agent: number;
  /** Row of the agent in the arrays of its range. */
  row: number;
  /** Hour of the session since the start of the universe. */
  hour: number;
  /** Minute of the hour in which the session begins, with fraction. */
  minute: number;
  /** Index into DEVICES. */
  device: number;
  /** Number of the person's persona: the agent hears the word of mouth among this persona's friends. */
  persona: number;
  /** Current taste of the person behind the session: own taste plus drift, minus satiation. Shape (DIMENSIONS,). */
  readonly taste: Float32Array;
  /** Utility that a title of freshness 1 adds, in utils. */
  noveltyBonus: number;
  /** Probability that the agent examines the next title. */
  patience: number;
  /** Index of the title that the agent discovered without the slate, or −1. */
  discovered: number;
  /** Number of titles of the slate that the agent examined. */
  examinedCount: number;
  /** The examined titles, in order. */
  readonly examinedTitles: Uint32Array;
  /** For each examined title, 1 if the agent played it, else 0. */
  readonly played: Uint8Array;
  /** Number of plays, including a discovered title. */
  plays: number;
  /** Sum of the true utilities of these plays, in utils. */
  utility: number;
}

export const newVisit = (): Visit => ({
  agent: 0,
  row: 0,
  hour: 0,
  minute: 0,
  device: 0,
  persona: 0,
  taste: new Float32Array(DIMENSIONS),
  noveltyBonus: 0,
  patience: 0,
  discovered: -1,
  examinedCount: 0,
  examinedTitles: new Uint32Array(LONGEST_SLATE),
  played: new Uint8Array(LONGEST_SLATE),
  plays: 0,
  utility: 0,
});
