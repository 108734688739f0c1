import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { MAX_BATCH, parseCollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import type { Runtime } from '../../../localstack/embedded/host/open-runtime.ts';
import { ApiFailed } from '../../../localstack/embedded/import/import-errors.ts';
import { count } from '../../console/format-values-and-tables.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { withWorldRuntime } from '../../home/open-world-runtime.ts';

/** Number of rejected events that are listed. */
const LISTED_REJECTIONS = 20;

interface Posted {
  accepted: number;
  duplicates: number;
  refused: number;
  /** The first rejections, each with its line. */
  faults: string[];
}

/**
 * Posts late events from a file to the API. A repeated call has no effect: the API ignores events whose `eventId` is
 * already in the log.
 *
 * @returns 1 if the API rejected a line
 */
export const postEvents = (path: string, options: WorldOptions, terminal: Terminal): Promise<number> =>
  withWorldRuntime(options, ({ runtime }) =>
    untilInterrupted(terminal, async (signal) => {
      const posted: Posted = { accepted: 0, duplicates: 0, refused: 0, faults: [] };
      for await (const { events, firstLine } of batchesOf(path)) {
        signal.throwIfAborted();
        await post(runtime, events, firstLine, posted);
        terminal.progress(`  ${count(firstLine + events.length - 1)} lines posted`);
      }
      await runtime.settle();
      for (const rejection of posted.faults) terminal.say(rejection);
      if (options.json) terminal.out(JSON.stringify(posted));
      else terminal.out(summaryOf(posted));
      return posted.refused === 0 ? 0 : 1;
    }),
  );

const summaryOf = ({ accepted, duplicates, refused }: Posted): string =>
  `${count(accepted)} accepted, ${count(duplicates)} already in the log, ${count(refused)} rejected`;

/** Posts a batch and adds the result to the totals. @throws ApiFailed */
async function post(runtime: Runtime, events: readonly unknown[], firstLine: number, totals: Posted): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ events });
  const response = await runtime.api({ method: 'POST', path: '/v1/events', headers, body });
  const reply = parseCollectReply(response);
  if (!reply) throw new ApiFailed(response.status, response.body);
  totals.accepted += reply.accepted;
  totals.duplicates += reply.duplicates;
  totals.refused += reply.rejected.length;
  for (const { index, code, reason } of reply.rejected)
    if (totals.faults.length < LISTED_REJECTIONS) totals.faults.push(`line ${firstLine + index}: ${code}: ${reason}`);
}

async function* batchesOf(path: string): AsyncGenerator<{ events: unknown[]; firstLine: number }> {
  let events: unknown[] = [];
  let firstLine = 1;
  for await (const text of createInterface({ input: createReadStream(path, 'utf8') })) {
    events.push(jsonOf(text));
    if (events.length < MAX_BATCH) continue;
    yield { events, firstLine };
    firstLine += events.length;
    events = [];
  }
  if (events.length > 0) yield { events, firstLine };
}

/** Parses a line. A line that is not JSON is posted as a string: the API rejects it and stores it as a dead letter. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
