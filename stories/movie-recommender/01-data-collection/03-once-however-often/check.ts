import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { keyOf } from '#domain/events/key-of.ts';
import type { ExampleChecks } from '../../../academy/runners/check-learners-examples-against-mutants.ts';
import { portsCheckpoint } from '../../../academy/runners/ports/check-function-with-ports.ts';
import type {
  HistoryRequirement,
  Violation,
} from '../../../academy/runners/ports/evaluate-requirement-in-histories.ts';
import { clockAt, port } from '../../../academy/runners/ports/process/encode-arguments.ts';
import { entriesOf } from '../../../academy/runners/ports/simulation/history-types.ts';
import {
  APPEND,
  type CollectorWorld,
  collectorWorld,
  GET_MANY,
  PUT_MANY,
  seenByReaders,
} from './cases/collector-world.ts';
import { type Batch, startOf } from './cases/generate-batches.ts';
import {
  appendLine,
  type CollectorHistory,
  copiedEvent,
  deliveriesOf,
  describeEnd,
  describeLastResponse,
  endLine,
  lostEvent,
  markLine,
  sentEvents,
  unawaitedCall,
} from './cases/inspect-collector-histories.ts';
import { asInExample } from './cases/parse-example.ts';
import {
  CALM,
  FAILED,
  KILLED,
  LARGE_BATCH,
  LATE,
  perform,
  RESPONSE,
  TOGETHER,
  TWINS,
} from './cases/perform-retry-and-crash-scenarios.ts';

const HEADERS = { 'x-correlation-id': 'trace-8f3' };
/** Maximum number of port calls for one batch. The solution makes 3 calls. */
const MAX_CALLS = 20;

type Rule = HistoryRequirement<Batch, CollectorWorld>;

/** Finds a delivery without a response, or with wrong numbers. Only for scenarios in which nothing is disturbed. */
function wrongResponse(history: CollectorHistory): Violation | undefined {
  const known = new Set<string>();
  for (const { batch, end } of deliveriesOf(history)) {
    const fresh = new Set(batch.events.map(({ eventId }) => eventId).filter((id) => !known.has(id)));
    for (const id of fresh) known.add(id);
    const right = { accepted: fresh.size, duplicates: batch.events.length - fresh.size };
    if (end?.kind === 'responded' && isDeepStrictEqual(end.value, right)) continue;
    const scene = `${history.name}: ${batch.name}, ${batch.events.length} events of which ${fresh.size} are new`;
    const line = endLine(history, end);
    return { scene, expected: describeEnd({ kind: 'responded', value: right }), got: describeEnd(end), line };
  }
  return undefined;
}

function wrongRecord(history: CollectorHistory): Violation | undefined {
  const sent = new Map(sentEvents(history).map((event) => [event.eventId, event]));
  for (const { key, event, headers, timestamp, value } of history.world.records) {
    const original = sent.get(String(event?.eventId));
    const got = `a record with key ${key}, timestamp ${timestamp} and value ${value.slice(0, 200)}`;
    const line = appendLine(history);
    if (!original) return { expected: 'only events that a client sent, with their eventId', got, line };
    const right = { ...original, ingestedAt: timestamp };
    const isRight = isDeepStrictEqual(event, right) && key === keyOf(original) && isDeepStrictEqual(headers, HEADERS);
    const isTimely = deliveriesOf(history).some(({ at }) => at === timestamp);
    if (isRight && isTimely) continue;
    return { expected: 'the record that toRecord returns, with the time of now()', got, line };
  }
  return undefined;
}

function lost(history: CollectorHistory): Violation | undefined {
  const found = lostEvent(history);
  if (!found) return undefined;
  const { eventId, ends, batch } = found;
  const got = `${eventId} of ${batch.name} is missing; ${describeLastResponse(ends)}`;
  return { expected: `${eventId} in the log`, got };
}

const FAILED_ONCE =
  'The port failed only once, but your function never recovered. A value outside of the function, such as a stored promise, still contains the failure.';

/** Finds a scenario in which clients sent events, and the log is empty. */
function nothingStored(history: CollectorHistory): Violation | undefined {
  if (history.world.records.length > 0 || sentEvents(history).length === 0) return undefined;
  const failed = deliveriesOf(history).find(({ end }) => end?.kind !== 'responded');
  return { expected: `records in ${EVENTS}`, got: failed ? describeEnd(failed.end) : 'the log is empty' };
}

/** Finds a batch to which the client never received a response, although it sent the batch again and again. */
function unanswered(history: CollectorHistory): Violation | undefined {
  const byBatch = Map.groupBy(deliveriesOf(history), ({ batch }) => batch);
  for (const [batch, deliveries] of byBatch) {
    if (deliveries.some(({ end }) => end?.kind === 'responded')) continue;
    const end = deliveries.at(-1)?.end;
    const expected = `a response to ${batch.name} after at most ${deliveries.length} deliveries`;
    const why = history.group === FAILED ? { why: FAILED_ONCE } : {};
    return { expected, got: describeEnd(end), line: endLine(history, end), ...why };
  }
  return undefined;
}

/** Finds a call of a port that had not ended at the time of the response. */
function unawaited(history: CollectorHistory): Violation | undefined {
  const call = unawaitedCall(history);
  return (
    call && {
      expected: 'a response after all calls of ports have ended',
      got: `your function responded before its call of ${call.port} had ended: the call was not awaited`,
      why: NOTHING_RUNS,
      line: call.line,
    }
  );
}

const NOTHING_RUNS =
  'After the response, nothing runs: AWS Lambda freezes the process. A call that has not ended continues with the next request, or never.';

/** Returns whether the function responded to each delivery. */
const isAnswered = (history: CollectorHistory): boolean =>
  deliveriesOf(history).every(({ end }) => end?.kind === 'responded');

function storedTwice(history: CollectorHistory): Violation | undefined {
  const found = copiedEvent(history, history.world.records);
  if (!found) return undefined;
  const { eventId, copies } = found;
  const arrivals = deliveriesOf(history).flatMap(({ batch }) =>
    batch.events.filter((event) => event.eventId === eventId),
  );
  const got = `${eventId} is in the log ${copies.length} times; it arrived ${arrivals.length} times`;
  return { expected: `${eventId} in the log once`, got, line: appendLine(history) };
}

function seenTwice(history: CollectorHistory): Violation | undefined {
  const found = copiedEvent(history, seenByReaders(history.world.records));
  if (!found) return undefined;
  const { eventId, copies } = found;
  const keys = copies.map(({ key, event }) => `eventId ${String(event?.eventId)} and key ${key}`).join('; ');
  return {
    expected: `readers see ${eventId} once`,
    got: `they see ${copies.length} events: ${keys}`,
    line: appendLine(history),
  };
}

function tooManyCalls(history: CollectorHistory): Violation | undefined {
  const calls = entriesOf(history, 'called');
  if (history.name !== LARGE_BATCH || calls.length <= MAX_CALLS) return undefined;
  const byPort = [...Map.groupBy(calls, ({ port: name }) => name)];
  const [first] = byPort.sort(([, a], [, b]) => b.length - a.length);
  const [name = '', most = []] = first ?? [];
  return {
    expected: `at most ${MAX_CALLS} calls of ports`,
    got: `${calls.length} calls, ${most.length} of them ${name}`,
    line: most[0]?.line,
  };
}

const firstOf =
  (...rules: Rule['violation'][]): Rule['violation'] =>
  (history) => {
    for (const rule of rules) {
      const violation = rule(history);
      if (violation) return violation;
    }
    return undefined;
  };

const lostAfterResponse = firstOf(unanswered, (history) => withLine(lost(history), appendLine(history)));

const REQUIREMENTS: readonly Rule[] = [
  {
    says: 'stores an event once, however often it arrives',
    why: 'Each copy costs storage, and every reader of the log has to find and drop it.',
    groups: [CALM],
    // If a delivery has no response, the next requirement explains why. A second copy is only a consequence.
    violation: (history) => (isAnswered(history) ? firstOf(storedTwice, lost)(history) : undefined),
  },
  {
    says: 'responds to each batch with the numbers of new events and of repeats',
    why: 'The client keeps its events until it receives a response, and Priya’s dashboard adds up the numbers of all responses.',
    groups: [CALM],
    violation: wrongResponse,
  },
  {
    says: 'stores each event unchanged, with its time of receipt',
    why: 'All later bricks read these records: the key selects the partition, and ingestedAt says when the event arrived.',
    groups: [CALM],
    violation: firstOf(wrongRecord, nothingStored),
  },
  {
    says: 'keeps two events apart if their ids differ',
    why: 'The client gives each event an id. If two events have the same content but different ids, the action happened twice.',
    groups: [TWINS],
    violation: firstOf(unanswered, (history) => withLine(lost(history), entriesOf(history, 'called').at(0)?.line)),
  },
  {
    says: 'recognises a repeat, however late it arrives',
    why: 'A phone can lie in a drawer for a year. The table must keep each id for as long as the log keeps the event.',
    groups: [LATE],
    violation: firstOf(unanswered, (history) => withLine(storedTwice(history), markLine(history)), nothingStored),
  },
  {
    says: 'responds only when the events are durable',
    why: 'After a response, the client deletes its copy. If the process dies before the log has the event, the event is lost.',
    groups: [CALM, RESPONSE],
    violation: firstOf(unawaited, (history) => (history.group === RESPONSE ? lostAfterResponse(history) : undefined)),
  },
  {
    says: 'never loses an event that it acknowledged, wherever it is killed',
    why: 'An id in the table says that the log has the event. If the process stores an id and dies before the append, the log lacks the event, and the retry is dropped as a repeat.',
    groups: [KILLED],
    violation: firstOf(unanswered, lost),
  },
  {
    says: 'does not acknowledge an event that a failed port did not store',
    why: 'If a call of the log or the table throws, it may have stored nothing. The client sends the batch again only if it receives no response.',
    groups: [FAILED],
    violation: firstOf(unanswered, lost),
  },
  {
    says: 'handles copies of a batch that arrive at the same time',
    why: 'A phone that gives up waiting sends its batch again while the first copy is still on its way to the log.',
    groups: [TOGETHER],
    violation: firstOf(unanswered, lost),
  },
  {
    says: 'lets each reader see an event once, whatever happens',
    why: 'A reader reads one partition and keeps the first event with each eventId. This reader cannot recognise a copy that has another id or is in another partition.',
    groups: [CALM, LATE, RESPONSE, KILLED, FAILED, TOGETHER],
    violation: firstOf(seenTwice, (history) => (history.group === CALM ? nothingStored(history) : undefined)),
  },
  {
    says: 'stores a batch with a few calls of ports',
    why: 'Each call takes some milliseconds. If your function makes one call for each of 500 events, the client gives up waiting.',
    groups: [CALM],
    violation: firstOf(tooManyCalls, nothingStored),
  },
];

function withLine(violation: Violation | undefined, line: number | undefined): Violation | undefined {
  return violation && { line, ...violation };
}

export const checkpoint = portsCheckpoint<Batch, CollectorWorld>({
  seam: 'collectEvents',
  world: collectorWorld,
  startsAt: startOf,
  argsOf: ({ events }, at) => [
    events,
    {
      eventLog: { append: port(APPEND) },
      idempotency: { getMany: port(GET_MANY), putMany: port(PUT_MANY) },
      now: clockAt(at),
      headers: HEADERS,
    },
  ],
  perform,
  requirements: REQUIREMENTS,
});

/** The examples in examples.ts, which the learner writes before the code. */
export const examples: ExampleChecks = {
  seam: 'collectEvents',
  argsOf: () => [],
  caseOf: asInExample,
  helpers: { file: join(import.meta.dirname, 'cases/run-collector-on-example-batches.ts') },
  awaits: true,
  mustCatch: 2,
};
