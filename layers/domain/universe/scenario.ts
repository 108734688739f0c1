import { z } from 'zod';

/** The genres of every universe. */
export const GENRES = [
  'Action',
  'Adventure',
  'Animation',
  'Comedy',
  'Crime',
  'Documentary',
  'Drama',
  'Fantasy',
  'Horror',
  'Romance',
  'Sci-Fi',
  'Thriller',
] as const;

/** What people do in a universe, each in a module of its own. One that is switched off leaves the rest as it is. */
export const BEHAVIOURS = [
  'personas',
  'countries',
  'rhythm',
  'devices',
  'households',
  'taste-drift',
  'position-bias',
  'satiation',
  'boredom',
  'novelty',
  'word-of-mouth',
  'hype',
] as const;
export const Behaviour = z.enum(BEHAVIOURS);
export type Behaviour = z.infer<typeof Behaviour>;

const Share = z.number().min(0).max(1);
const DAY_MINUTES = 24 * 60;
const MONTH_MINUTES = 31 * DAY_MINUTES;
const MOST_SKEW_MINUTES = 10;
const MAX_FACTOR = 100;

/** Some hours of a universe's time. */
const Hours = { fromHour: z.int().min(0), hours: z.int().min(1) };

/**
 * What goes wrong in a universe; nothing does unless it is named. Shares are of events, unless they say otherwise.
 * Which ones are hit is drawn like everything else, so that a scenario is as reproducible as the world it happens in.
 */
export const Scenario = z
  .strictObject({
    late: z
      .strictObject({
        share: Share,
        fromMinutes: z.number().min(1).default(1),
        toMinutes: z
          .number()
          .min(1)
          .max(MONTH_MINUTES)
          .default(3 * DAY_MINUTES),
      })
      .meta({ description: 'Events that arrive minutes to days after they happened' }),
    duplicates: z.strictObject({ share: Share }).meta({ description: 'Events that are sent twice' }),
    outOfOrder: z.strictObject({ share: Share }).meta({ description: 'Events that are sent before earlier ones' }),
    malformed: z.strictObject({ share: Share }).meta({ description: 'A broken copy of an event is sent beside it' }),
    skewedClocks: z
      .strictObject({
        /** Of the agents. */
        share: Share,
        /** A clock that is fast by more would send events from the future, which are refused (layers/domain/events/events.ts). */
        upToMinutes: z.number().min(0).max(MOST_SKEW_MINUTES).default(5),
      })
      .meta({ description: 'Agents whose clock is fast or slow' }),
    bots: z
      .strictObject({
        /** Of the agents. */
        share: Share,
        sessionsPerDay: z.number().min(0).max(24).default(12),
      })
      .meta({ description: 'Programs that play whatever they are shown' }),
    fad: z
      .strictObject({ ...Hours, genre: z.enum(GENRES), strength: z.number().min(0).max(2).default(0.5) })
      .meta({ description: 'A genre that everybody suddenly likes' }),
    outage: z.strictObject(Hours).meta({ description: 'Hours in which the service cannot be reached' }),
    flashCrowd: z
      .strictObject({ ...Hours, factor: z.number().min(1).max(MAX_FACTOR) })
      .meta({ description: 'Hours in which everybody comes more often' }),
  })
  .partial()
  .meta({ id: 'Scenario', description: 'What goes wrong in a universe' });
export type Scenario = z.infer<typeof Scenario>;
