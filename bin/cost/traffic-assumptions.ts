/** Slates per user and day, measured in the simulated city (2,000 agents, one week: 6,422 slates, 31,768 events). */
const SLATES_A_DAY = 0.46;
const EVENTS_PER_SLATE = 4.95;
/**
 * First plays of a title by a user per slate, measured in a week of `npm start`: 58,348 first plays and 37,396 slates.
 */
const FIRST_PLAYS_PER_SLATE = 1.56;
/** Days per month. */
const DAYS = 365 / 12;

/** Hours per month. */
export const HOURS = 730;
/** Seconds per month. */
export const SECONDS = HOURS * 3_600;

/** Traffic of one month. It is derived from the number of users. */
export interface Traffic {
  readonly people: number;
  readonly slates: number;
  readonly events: number;
  /** Requests with events: a client sends the events of a session in one request. */
  readonly batches: number;
  /** Plays of a title that the user had not played before. Repeated plays of a title are not counted. */
  readonly firstPlays: number;
  /** Requests to one API in the busiest second. */
  readonly peakRequests: number;
  /** Pipeline runs. */
  readonly runs: number;
  /** Hours that the universe simulates on AWS. */
  readonly cityHours: number;
}

/** Pipeline runs per month: one per night; no run is started manually. */
const RUNS = DAYS;
/**
 * Ratio of the busiest second to the mean: the busiest hour has 3 times the mean traffic, its busiest second 3 times
 * that.
 */
const PEAK = 9;
/** Simulated hours per month: a learner simulates two days; a company has real users. */
const CITY_HOURS = { learner: 48, production: 0 } as const;

export const DEFAULT_PEOPLE = { learner: 10_000, production: 1_000_000 } as const;

export function trafficOf(people: number, profile: 'learner' | 'production'): Traffic {
  const slates = people * SLATES_A_DAY * DAYS;
  return {
    people,
    slates,
    events: slates * EVENTS_PER_SLATE,
    batches: slates,
    firstPlays: slates * FIRST_PLAYS_PER_SLATE,
    peakRequests: (slates / SECONDS) * PEAK,
    runs: RUNS,
    cityHours: CITY_HOURS[profile],
  };
}

/** Bytes per record or row, measured in the same week. Compaction reduces the bytes in the lake. */
export const BYTES = { event: 340, exposure: 2_300, inLake: 180, userRow: 700, idempotencyRow: 100 } as const;
/** Months of data in the lake and of ids of accepted events: the estimate is for the end of the first year. */
export const STORED_MONTHS = 12;
