import { z } from 'zod';
import { Country, Device, EpochMs, Id } from '../core/event-fields.ts';

/** The policy that chose the items. Only the universe can use `oracle`, which needs the agents' true tastes. */
export const Policy = z.enum(['random', 'popular', 'model', 'oracle']);
export type Policy = z.infer<typeof Policy>;

/** One title of a slate. */
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
  propensity: z.number().gt(0).max(1).meta({ description: 'Probability that this title is shown at this position' }),
});
export type SlateItem = z.infer<typeof SlateItem>;

/** Fields of every exposure, for any kind of action. */
const shared = {
  type: z.literal('exposure'),
  eventId: Id,
  requestId: Id,
  userId: Id,
  occurredAt: EpochMs,
  ingestedAt: EpochMs,
  policy: Policy,
  modelVersion: z.string().nullable(),
  degraded: z.string().nullable().meta({ description: 'Why a fallback decided, or null' }),
  country: Country.nullable(),
  device: Device.nullable(),
};
const SlateExposure = z.strictObject({ ...shared, items: z.array(SlateItem).max(100) });

/**
 * A record of `exposures.v1`: the items that the service showed for one request. `requestId` joins it to interactions.
 * The union has one member per serving chain. Members differ in the field that contains the action: for a slate, it is
 * `items`.
 */
export const Exposure = z.union([SlateExposure]);
export type Exposure = z.infer<typeof Exposure>;

/** Items that a serving chain decided to show, each with its propensity. A chain of another world adds another kind of action. */
export type Action = { readonly kind: 'slate'; readonly items: readonly SlateItem[] };

/** Returns the exposure record of an action. */
export function exposureOf(facts: Omit<Exposure, 'type' | 'items'>, action: Action): Exposure {
  switch (action.kind) {
    case 'slate':
      return { type: 'exposure', ...facts, items: [...action.items] };
  }
}
