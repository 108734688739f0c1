/** The event log's topics. Their names contain a version, so an incompatible schema gets a new topic. */
export const EVENTS = 'events.v1';
export const EXPOSURES = 'exposures.v1';
export const EVENTS_DLQ = 'events.v1.dlq';
export const EXPOSURES_DLQ = 'exposures.v1.dlq';

export const TOPICS = [EVENTS, EXPOSURES, EVENTS_DLQ, EXPOSURES_DLQ] as const;

/** Returns the dead-letter topic to which consumers of `topic` send the records that they cannot handle. */
export const deadLetterOf = (topic: string): string => `${topic}.dlq`;

/** Returns the name of a consumer group for one topic. MSK requires a separate group per event source. */
export const groupOf = (group: string, topic: string): string => `${group}.${topic}`;

/** Number of partitions per topic. A record's key (a user or a title) selects its partition, so records with one key are ordered. */
export const PARTITIONS = 3;
