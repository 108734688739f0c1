import { z } from 'zod';
import {
  byUser,
  Country,
  eventEnvelope,
  Id,
  LATEST,
  MAX_ID,
  MAX_IN_VIEW,
  MAX_TEXT,
  text,
  version1,
} from '../../core/event-fields.ts';

/**
 * The schemas of the events that clients of the films world send. The OpenAPI document, the validation of requests and the
 * types are derived from them.
 */

/** Maximum number of genres per title. */
const MAX_GENRES = 20;
/** Maximum length of a play, in seconds: one day. */
const MAX_SECONDS = 86_400;
const EARLIEST_RELEASE = Date.UTC(1870, 0, 1);
const RELEASES = 'the release date must be between 1870-01-01 and 2100-01-01';

const aboutTitle = {
  ...byUser,
  titleId: Id,
  /**
   * Id of the request whose slate led to the event, which joins the event to the exposure. Absent if the user found the
   * title elsewhere.
   */
  requestId: Id.optional(),
};

export const SignupEvent = z
  .strictObject({ ...byUser, ...version1, type: z.literal('signup'), country: Country })
  .meta({ id: 'SignupEvent', description: 'A user signed up' });
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
  .meta({ id: 'PlayEventV2', description: 'A user watched a title or a part of it' });
export type PlayEventV2 = z.infer<typeof PlayEventV2>;
export const RateEvent = z
  .strictObject({
    ...aboutTitle,
    ...version1,
    type: z.literal('rate'),
    rating: z.number().min(0.5).max(5).multipleOf(0.5),
  })
  .meta({ id: 'RateEvent', description: 'A user rated a title in half-stars' });
export const SearchEvent = z
  .strictObject({ ...byUser, ...version1, type: z.literal('search'), query: text(0, MAX_TEXT) })
  .meta({ id: 'SearchEvent', description: 'A user searched the catalogue' });
/** A title event has no user. Its partition key is the title. */
export const TitleEvent = z
  .strictObject({
    ...eventEnvelope,
    ...version1,
    type: z.literal('title'),
    titleId: Id,
    name: text(1, MAX_TEXT),
    genres: z.array(text(1, MAX_ID)).max(MAX_GENRES, `it must have at most ${MAX_GENRES} genres`),
    releasedAt: z
      .int()
      .min(EARLIEST_RELEASE, RELEASES)
      .max(LATEST, RELEASES)
      .meta({ description: 'Release, UTC epoch milliseconds' }),
  })
  .meta({ id: 'TitleEvent', description: 'A title was added to the catalogue or changed' });

export type TitleEvent = z.infer<typeof TitleEvent>;

/** Any event of the films world. */
export const FilmEvent = z
  .discriminatedUnion('type', [
    SignupEvent,
    ImpressionEvent,
    ClickEvent,
    z.discriminatedUnion('schemaVersion', [PlayEvent, PlayEventV2]),
    RateEvent,
    SearchEvent,
    TitleEvent,
  ])
  .meta({ id: 'ClientEvent', description: 'An action of a user, or a change of the catalogue' });
export type FilmEvent = z.infer<typeof FilmEvent>;
