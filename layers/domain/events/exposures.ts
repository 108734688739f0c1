import { z } from 'zod';
import { Country, Device, EpochMs, Id } from '../core/event-fields.ts';

/** What decided a slate. `oracle` knows the hidden tastes, so only the universe can play it. */
export const Policy = z.enum(['random', 'popular', 'model', 'oracle']);
export type Policy = z.infer<typeof Policy>;

export const SlateItem = z.strictObject({
  titleId: Id,
  position: z.int().min(1).meta({ description: '1 is the top' }),
  score: z.number(),
  source: z.enum([
    'index',
    'recently-watched',
    'new-release',
    'popular',
    'popular-here',
    'exploration',
    'random',
    'oracle',
  ]),
  propensity: z.number().gt(0).max(1).meta({ description: 'Probability that this title stood at this position' }),
});
export type SlateItem = z.infer<typeof SlateItem>;

/** What the service showed: one record of `exposures.v1`, joined to interactions by `requestId`. */
export const Exposure = z.strictObject({
  type: z.literal('exposure'),
  eventId: Id,
  requestId: Id,
  userId: Id,
  occurredAt: EpochMs,
  ingestedAt: EpochMs,
  policy: Policy,
  modelVersion: z.string().nullable(),
  degraded: z.string().nullable().meta({ description: 'Why a lesser policy answered, or null' }),
  country: Country.nullable(),
  device: Device.nullable(),
  items: z.array(SlateItem).max(100),
});
export type Exposure = z.infer<typeof Exposure>;
