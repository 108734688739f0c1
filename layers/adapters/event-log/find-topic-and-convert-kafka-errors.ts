import { type ClusterTopicMetadata, findErrorBy, type Producer } from '@platformatic/kafka';
import { BrickError } from '#domain/core/brick-error.ts';
import { EventLogUnavailable, TopicMissing } from './errors.ts';

/** Returns a topic's id, partitions and leaders. The client caches them for some seconds. @throws TopicMissing */
export async function topicOf(client: Pick<Producer, 'metadata'>, topic: string): Promise<ClusterTopicMetadata> {
  const found = (await client.metadata({ topics: [topic] })).topics.get(topic);
  if (!found) throw new TopicMissing(topic);
  return found;
}

/** Awaits a request and converts the Kafka client's errors. @throws TopicMissing, EventLogUnavailable */
export async function withKafkaErrors<Result>(topic: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BrickError) throw error;
    if (findErrorBy(error as Error, 'message', `Unknown topic ${topic}.`)) throw new TopicMissing(topic);
    throw new EventLogUnavailable(error);
  }
}
