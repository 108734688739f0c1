import { z } from 'zod';

/**
 * Schemas of the fields that events of every world share. An event has three times, all in UTC epoch milliseconds:
 * clients send `occurredAt` (the agent's clock) and `sentAt` (the client's clock), and the service adds `ingestedAt` on
 * receipt.
 */

/** Maximum length of an id, in characters. */
export const MAX_ID = 64;
/** Maximum length of a string, in characters. */
export const MAX_TEXT = 256;
/** Maximum number of items in one impression. */
export const MAX_IN_VIEW = 100;
/** Earliest time of an event. MovieLens-100K begins in 1997. */
const EARLIEST = Date.UTC(1990, 0, 1);
/** Latest time of an event. */
export const LATEST = Date.UTC(2100, 0, 1);

export const Id = z
  .string()
  .min(1)
  .max(MAX_ID)
  .regex(/^[A-Za-z0-9._:~-]+$/, 'it must consist of letters, digits and . _ : ~ -')
  .meta({ description: 'An opaque identifier', example: 'u-42' });
export const EpochMs = z
  .int()
  .min(EARLIEST)
  .max(LATEST)
  .meta({
    description:
      'UTC epoch milliseconds, from 1990 on. Late events of any age are accepted. A time more than 5 minutes ahead of ' +
      "the service's clock is rejected (from_the_future)",
  });
/**
 * Returns the schema of a human-readable string of `least` to `most` characters, without control characters and
 * unpaired surrogates. The pattern contains the limits because it counts code points, as JSON Schema does; zod counts
 * UTF-16 units.
 */
export const text = (least: number, most: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[^\\u0000-\\u001f\\u007f]{${least},${most}}$`, 'u'),
      `it must have ${least} to ${most} characters and no control characters`,
    )
    .refine(
      (characters) => characters.isWellFormed(),
      'it must not contain half of a surrogate pair, which is not a character',
    );
export const Country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'it must be two capital letters')
  .meta({ description: 'ISO 3166-1 alpha-2 code', example: 'SE' });
export const Device = z.enum(['tv', 'phone', 'tablet', 'web']);

export const eventEnvelope = {
  eventId: Id.meta({ description: 'Unique per event; sending it again has no effect' }),
  occurredAt: EpochMs,
  sentAt: EpochMs,
};
/**
 * Version field of a schema in version 1. It is absent in events that were sent before versions existed. A later
 * version is a separate schema.
 */
export const version1 = { schemaVersion: z.literal(1).optional() };
export const byUser = { ...eventEnvelope, userId: Id, sessionId: Id.optional(), device: Device.optional() };
