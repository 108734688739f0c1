import { FilmEvent } from '../worlds/films/film-events.ts';

/** Any event that a client may send: the events of all worlds. Films is the only world so far. */
export const ClientEvent = FilmEvent;
export type ClientEvent = FilmEvent;

/** An event as stored in the topic `events.v1`. `ingestedAt`: UTC epoch ms, by the service's clock. */
export type StoredEvent = ClientEvent & { readonly ingestedAt: number };
