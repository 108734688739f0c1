import { type Api, parseCollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { readStoredRecord } from '#domain/events/stored-records/parse-and-validate-record.ts';
import type { EventLog } from '#ports/event-log.ts';
import { COLLECT, type DeadLetter, deadLettersIn } from './read-dead-letters.ts';

export interface ReplayedLetters {
  /** Letters whose event or record is in its topic now. */
  readonly replayed: number;
  /** Letters whose event was in its topic already. */
  readonly duplicates: number;
  /** Letters that fail as before, each with the reason. They stay dead letters. */
  readonly rejected: readonly { readonly letter: DeadLetter; readonly reason: string }[];
}

interface ReplayPorts {
  readonly eventLog: Pick<EventLog, 'read' | 'partitions' | 'append'>;
  /** The ingestion API. */
  readonly api: Api;
  /** UTC epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Processes all dead letters again: sends rejected events to the ingestion API, and appends records that can be read now
 * to their topic. A repeated replay has no effect, because the API and the consumers ignore an `eventId` that they know.
 */
export async function replayDeadLetters({ eventLog, api, now }: ReplayPorts): Promise<ReplayedLetters> {
  const letters = await Array.fromAsync(deadLettersIn(eventLog));
  const rejected: ReplayedLetters['rejected'][number][] = [];
  let [replayed, duplicates] = [0, 0];
  for (const letter of letters) {
    const outcome = letter.consumer === COLLECT ? await post(letter, api) : await append(letter, eventLog, now());
    if (outcome === 'replayed') replayed++;
    else if (outcome === 'duplicate') duplicates++;
    else rejected.push({ letter, reason: outcome.reason });
  }
  return { replayed, duplicates, rejected };
}

type Outcome = 'replayed' | 'duplicate' | { readonly reason: string };

async function post({ value }: DeadLetter, api: Api): Promise<Outcome> {
  const event = parsed(value);
  if (event === undefined)
    return { reason: 'the event is not complete: its dead letter has only 4,096 characters of it' };
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ events: [event] });
  const response = await api({ method: 'POST', path: '/v1/events', headers, body });
  const reply = parseCollectReply(response);
  if (!reply) return { reason: `the ingestion API responded with status ${response.status}` };
  const [rejection] = reply.rejected;
  if (rejection) return { reason: `${rejection.code}: ${rejection.reason}` };
  return reply.accepted > 0 ? 'replayed' : 'duplicate';
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

async function append(letter: DeadLetter, eventLog: ReplayPorts['eventLog'], timestamp: number): Promise<Outcome> {
  const { topic, key, value, origin } = letter;
  try {
    const isExposure = readStoredRecord(value).type === 'exposure';
    if (isExposure === (topic === EVENTS)) return { reason: `the record does not belong to the topic ${topic}` };
  } catch (error) {
    return { reason: (error as Error).message };
  }
  await eventLog.append(topic, [{ key, value, timestamp, headers: { 'x-replayed-from': origin ?? '' } }]);
  return 'replayed';
}
