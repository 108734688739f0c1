import type { PlayEvent, PlayEventV2 } from '../worlds/films/film-events.ts';
import type { StoredEvent } from './events.ts';

type AnyPlay = PlayEvent | PlayEventV2;
type Upcast<Event> = Event extends AnyPlay
  ? Omit<PlayEventV2, 'completion'> & { readonly completion: number | null; readonly ingestedAt: number }
  : Event & { readonly schemaVersion: 1 };

/** An event in the newest form of its type. What an older version did not say is null. */
export type LatestEvent = Upcast<StoredEvent>;

/**
 * Any version of an event in the newest form, so that readers know one form only. The log keeps what was sent: versions
 * live side by side there, and a reader upcasts as it reads. (docs/decisions/0009-versions-of-events.md)
 */
export function upcast(event: StoredEvent): LatestEvent {
  if (event.type !== 'play') return { ...event, schemaVersion: 1 };
  if (event.schemaVersion === 2) return event;
  return { ...event, schemaVersion: 2, completion: null };
}
