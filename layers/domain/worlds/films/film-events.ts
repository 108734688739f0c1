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

/** The wire schemas of the films world. OpenAPI, the HTTP checks and the types all come from these. */
const MAX_GENRES = 20;
/** Seconds of one day. */
const MAX_SECONDS = 86_400;
const EARLIEST_RELEASE = Date.UTC(1870, 0, 1);
const RELEASES = 'a release date is between 1870-01-01 and 2100-01-01';

const aboutTitle = {
  ...byUser,
  titleId: Id,
  /** Joins an interaction to its exposure. Absent when the user found the title without a slate. */
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
/** Keyed by the title: it has no user. */
export const TitleEvent = z
  .strictObject({
    ...eventEnvelope,
    ...version1,
    type: z.literal('title'),
    titleId: Id,
    name: text(1, MAX_TEXT),
    genres: z.array(text(1, MAX_ID)).max(MAX_GENRES, `at most ${MAX_GENRES} genres`),
    releasedAt: z
      .int()
      .min(EARLIEST_RELEASE, RELEASES)
      .max(LATEST, RELEASES)
      .meta({ description: 'Release, UTC epoch milliseconds' }),
  })
  .meta({ id: 'TitleEvent', description: 'A title entered or changed in the catalogue' });

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
  .meta({ id: 'ClientEvent', description: 'Something a user did, or a change of the catalogue' });
export type FilmEvent = z.infer<typeof FilmEvent>;
