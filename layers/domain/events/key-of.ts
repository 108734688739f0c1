import type { ClientEvent } from './events.ts';

/**
 * Returns the partition key of an event: its user, or its title if it has no user. Events of one user therefore keep their
 * order, and so do changes of one title.
 *
 * Never   an id of the event or of the title that a user played: a user's events would spread over all partitions and
 *         lose their order, and a popular title's partition would receive most of the load
 */
export const keyOf = (event: ClientEvent): string => (event.type === 'title' ? event.titleId : event.userId);
