import type { ClientEvent } from './events.ts';

/**
 * Returns the partition key of an event: the user it is about, or the title where there is no user. Events of one user keep
 * their order, and so do changes of one title.
 *
 * Never   an id of the event or of the title that a user played: a user's events would spread over all partitions and
 *         lose their order, and a popular title's partition would receive most of the load
 */
export const keyOf = (event: ClientEvent): string => (event.type === 'title' ? event.titleId : event.userId);
