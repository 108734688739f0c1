/** What people do in a day: measured in the simulated city (2,000 agents, a week of it: 6,422 slates, 31,768 events). */
const SLATES_A_DAY = 0.46;
const EVENTS_PER_SLATE = 4.95;
/** Titles that a person plays for the first time: 58,348 with 37,396 slates, in the week of `npm start`. */
const FIRST_PLAYS_PER_SLATE = 1.56;
const DAYS = 365 / 12;

/** Hours of a month. */
export const HOURS = 730;
export const SECONDS = HOURS * 3_600;

/** What a month holds that is paid by use. Every figure follows from the number of people. */
export interface Traffic {
  readonly people: number;
  readonly slates: number;
  readonly events: number;
  /** Requests that bring events: a client sends those of a session together. */
  readonly batches: number;
  /** Titles played by somebody who had not played them before: these are counted. */
  readonly firstPlays: number;
  /** Busiest second's requests to one API. */
  readonly peakRequests: number;
  /** Of the pipeline. */
  readonly runs: number;
  /** Simulated hours that the universe lives on AWS. */
  readonly cityHours: number;
}

/** One in the middle of the night, and none by hand. */
const RUNS = DAYS;
/** The busiest hour has three times the average one's traffic, and its busiest second three times that hour's average. */
const PEAK = 9;
/** A learner lets the city live for two simulated days a month; a company's people are real. */
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

/** Bytes of a record in the log, and in the lake: measured in the same week; the lake's with its small files merged is less. */
export const BYTES = { event: 340, exposure: 2_300, inLake: 180, userRow: 700, idempotencyRow: 100 } as const;
/** Months of the lake that are paid for: after a year. */
export const LAKE_MONTHS = 12;
