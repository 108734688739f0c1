import { z } from 'zod';
import { GENRES } from '../worlds/films/genres.ts';

/** Behaviours of simulated people. Each can be switched off separately. */
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

/** A period in hours since the start of the universe. */
const Hours = { fromHour: z.int().min(0), hours: z.int().min(1) };

/**
 * Faults to inject into a universe. @default - none
 *
 * Shares are shares of the events unless stated otherwise. The seed decides which events a fault affects, so a scenario is
 * reproducible.
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
    malformed: z.strictObject({ share: Share }).meta({ description: 'Events that are followed by a malformed copy' }),
    skewedClocks: z
      .strictObject({
        /** Share of the agents. */
        share: Share,
        /** Largest skew in minutes. A faster clock would send events from the future, which the service rejects. */
        upToMinutes: z.number().min(0).max(MOST_SKEW_MINUTES).default(5),
      })
      .meta({ description: 'Agents whose clocks are fast or slow' }),
    bots: z
      .strictObject({
        /** Share of the agents. */
        share: Share,
        sessionsPerDay: z.number().min(0).max(24).default(12),
      })
      .meta({ description: 'Programs that play every title of a slate' }),
    fad: z
      .strictObject({ ...Hours, genre: z.enum(GENRES), strength: z.number().min(0).max(2).default(0.5) })
      .meta({ description: 'A period in which all agents like one genre more than usual' }),
    outage: z.strictObject(Hours).meta({ description: 'A period in which agents cannot reach the service' }),
    flashCrowd: z
      .strictObject({ ...Hours, factor: z.number().min(1).max(MAX_FACTOR) })
      .meta({ description: 'A period in which all agents have more sessions' }),
  })
  .partial()
  .meta({ id: 'Scenario', description: 'Faults injected into a universe' });
export type Scenario = z.infer<typeof Scenario>;
