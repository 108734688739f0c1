import type { PlayEvent, PlayEventV2 } from '../../worlds/films/film-events.ts';
import type { StoredEvent } from '../client-and-stored-events.ts';

type AnyPlay = PlayEvent | PlayEventV2;
type Upcast<Event> = Event extends AnyPlay
  ? Omit<PlayEventV2, 'completion'> & { readonly completion: number | null; readonly ingestedAt: number }
  : Event & { readonly schemaVersion: 1 };

/** An event in the latest version of its type. Fields that the version in which it was sent lacks are null. */
export type LatestEvent = Upcast<StoredEvent>;

/**
 * Converts an event of any version to the latest version of its type, so that consumers handle one version only. The log
 * stores events as they were sent; consumers upcast on reading (docs/decisions/0009-versions-of-events.md).
 */
export function upcast(event: StoredEvent): LatestEvent {
  if (event.type !== 'play') return { ...event, schemaVersion: 1 };
  if (event.schemaVersion === 2) return event;
  return { ...event, schemaVersion: 2, completion: null };
}
