/** Returns the idempotency table's key for an accepted event. */
export const eventKey = (eventId: string) => ({ pk: `event#${eventId}`, sk: 'event' });
