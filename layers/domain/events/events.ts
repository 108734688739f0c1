import { z } from 'zod';

/**
 * What a client may tell us: the wire form of one event, validated at the edge.
 * OpenAPI, the HTTP checks and the types all come from these schemas.
 *
 * Three times, all UTC epoch milliseconds: `occurredAt` (the agent's clock) and `sentAt` (the client's) are given;
 * `ingestedAt` (ours) is added on receipt.
 */
const MAX_ID = 64;
const MAX_TEXT = 256;
const MAX_GENRES = 20;
const MAX_IN_VIEW = 100;
const MAX_SECONDS = 86_400;
/** 2000-01-01 is too late for MovieLens-100K (1997); 1990 is before any film service had a log. */
const EARLIEST = Date.UTC(1990, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);
const RELEASES = 'a release date is between 1870-01-01 and 2100-01-01';

export const Id = z
  .string()
  .min(1)
  .max(MAX_ID)
  .regex(/^[A-Za-z0-9._:~-]+$/, 'letters, digits and . _ : ~ - only')
  .meta({ description: 'An opaque identifier', example: 'u-42' });
export const EpochMs = z
  .int()
  .min(EARLIEST)
  .max(LATEST)
  .meta({
    description:
      'UTC epoch milliseconds, from 1990 on. Late is welcome, however late; more than 5 minutes ahead of the ' +
      "service's clock is refused (from_the_future)",
  });
/** For people: whole characters, no control characters. The pattern counts characters, as JSON Schema does. */
const text = (least: number, most: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[^\\u0000-\\u001f\\u007f]{${least},${most}}$`, 'u'),
      `${least} to ${most} characters, no control characters`,
    )
    .refine((characters) => characters.isWellFormed(), 'half of a surrogate pair is no character');
export const Country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'two capital letters')
  .meta({ description: 'ISO 3166-1 alpha-2 code', example: 'SE' });
export const Device = z.enum(['tv', 'phone', 'tablet', 'web']);

const envelope = {
  eventId: Id.meta({ description: 'Unique per event; sending it again has no effect' }),
  occurredAt: EpochMs,
  sentAt: EpochMs,
};
/** Absent is 1: what was sent before there were versions. A version more is a schema of its own beside the older ones. */
const version1 = { schemaVersion: z.literal(1).optional() };
const byUser = { ...envelope, userId: Id, sessionId: Id.optional(), device: Device.optional() };
const aboutTitle = {
  ...byUser,
  titleId: Id,
  /** Joins an interaction to the exposure that caused it; absent when the user found the title alone. */
  requestId: Id.optional(),
};

export const SignupEvent = z
  .strictObject({ ...byUser, ...version1, type: z.literal('signup'), country: Country })
  .meta({ id: 'SignupEvent', description: 'A user joined' });
export const ImpressionEvent = z
  .strictObject({
    ...byUser,
    ...version1,
    type: z.literal('impression'),
    requestId: Id,
    titleIds: z.array(Id).min(1).max(MAX_IN_VIEW).meta({ description: 'Titles that came into view, top first' }),
  })
  .meta({ id: 'ImpressionEvent', description: 'Titles of one slate came into view' });
export const ClickEvent = z
  .strictObject({ ...aboutTitle, ...version1, type: z.literal('click') })
  .meta({ id: 'ClickEvent', description: 'A user opened a title' });
const played = {
  ...aboutTitle,
  type: z.literal('play'),
  watchedSeconds: z.number().min(0).max(MAX_SECONDS).optional(),
};
export const PlayEvent = z
  .strictObject({ ...played, ...version1 })
  .meta({ id: 'PlayEvent', description: 'A user watched a title' });
export type PlayEvent = z.infer<typeof PlayEvent>;
export const PlayEventV2 = z
  .strictObject({
    ...played,
    schemaVersion: z.literal(2),
    completion: z.number().min(0).max(1).meta({ description: 'Share of the title that was watched' }),
  })
  .meta({ id: 'PlayEventV2', description: 'A user watched a title, and how much of it' });
export type PlayEventV2 = z.infer<typeof PlayEventV2>;
export const RateEvent = z
  .strictObject({
    ...aboutTitle,
    ...version1,
    type: z.literal('rate'),
    rating: z.number().min(0.5).max(5).multipleOf(0.5),
  })
  .meta({ id: 'RateEvent', description: 'A user gave a title half-stars' });
export const SearchEvent = z
  .strictObject({ ...byUser, ...version1, type: z.literal('search'), query: text(0, MAX_TEXT) })
  .meta({ id: 'SearchEvent', description: 'A user looked for something' });
/** A title entered or changed in the catalogue; keyed by the title, so it has no user. */
export const TitleEvent = z
  .strictObject({
    ...envelope,
    ...version1,
    type: z.literal('title'),
    titleId: Id,
    name: text(1, MAX_TEXT),
    genres: z.array(text(1, MAX_ID)).max(MAX_GENRES, `at most ${MAX_GENRES} genres`),
    releasedAt: z
      .int()
      .min(Date.UTC(1870, 0, 1), RELEASES)
      .max(LATEST, RELEASES)
      .meta({ description: 'Release, UTC epoch milliseconds' }),
  })
  .meta({ id: 'TitleEvent', description: 'A title entered or changed in the catalogue' });

export type TitleEvent = z.infer<typeof TitleEvent>;

export const ClientEvent = z
  .discriminatedUnion('type', [
    SignupEvent,
    ImpressionEvent,
    ClickEvent,
    z.discriminatedUnion('schemaVersion', [PlayEvent, PlayEventV2]),
    RateEvent,
    SearchEvent,
    TitleEvent,
  ])
  .meta({ id: 'ClientEvent', description: 'Something a user did, or a change of the catalogue' });
export type ClientEvent = z.infer<typeof ClientEvent>;

/** One event as it stands in `events.v1`. */
export type StoredEvent = ClientEvent & { readonly ingestedAt: number };

/** Events of one user, or of one title, keep their order. */
export const keyOf = (event: ClientEvent): string => (event.type === 'title' ? event.titleId : event.userId);

/** Where it is written down that an event was taken in: an item of the idempotency table. */
export const eventKey = (eventId: string) => ({ pk: `event#${eventId}`, sk: 'event' });
