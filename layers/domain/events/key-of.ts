import type { ClientEvent } from './client-and-stored-events.ts';

/**
 * Returns the partition key of an event: its user, or its title if it has no user. Events of one user therefore keep
 * their order, and so do changes of one title.
 *
 * Never   uses the event's id, with which a user's events would spread over all partitions and lose their order; uses
 *         the title that a user played, with which a popular title's partition would receive most of the load
 */
export const keyOf = (event: ClientEvent): string => (event.type === 'title' ? event.titleId : event.userId);
