/** The event log's topics. A version is part of the name, so an incompatible schema gets a topic of its own. */
export const EVENTS = 'events.v1';
export const EXPOSURES = 'exposures.v1';
export const EVENTS_DLQ = 'events.v1.dlq';
export const EXPOSURES_DLQ = 'exposures.v1.dlq';

export const TOPICS = [EVENTS, EXPOSURES, EVENTS_DLQ, EXPOSURES_DLQ] as const;

/** Where a consumer of `topic` sends a record it cannot handle. */
export const deadLetterOf = (topic: string): string => `${topic}.dlq`;

/** MSK wants a group per event source, so the consumers of each topic have a name of their own. */
export const groupOf = (group: string, topic: string): string => `${group}.${topic}`;

/** Partitions per topic; the key (a user or a title) decides which one, so order holds per key. */
export const PARTITIONS = 3;
