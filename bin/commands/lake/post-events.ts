import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { collectReplyOf, MAX_BATCH } from '#domain/events/api-contract.ts';
import type { Runtime } from '../../../localstack/embedded/host/runtime.ts';
import { ApiFailed } from '../../../localstack/embedded/import/import-errors.ts';

export interface Backfilled {
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
  /** The first refusals, with their lines. */
  readonly faults: readonly string[];
}

interface BackfillOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (lines: number) => void;
}

const MOST_FAULTS = 20;

/**
 * Sends a file of events, one JSON object per line, through the API, as late as they are; then the consumers catch up. An
 * interrupted one is started again: what was taken in is known by its `eventId`.
 *
 * @throws ApiFailed
 */
export async function backfillInto(runtime: Pick<Runtime, 'api' | 'settle'>, path: string, options: BackfillOptions) {
  const { signal, onProgress } = options;
  let [accepted, duplicates, refused, line] = [0, 0, 0, 0];
  const faults: string[] = [];
  const send = async (events: readonly unknown[], first: number) => {
    signal?.throwIfAborted();
    const body = JSON.stringify({ events });
    const headers = { 'content-type': 'application/json' };
    const answer = await runtime.api({ method: 'POST', path: '/v1/events', headers, body });
    const reply = collectReplyOf(answer);
    if (!reply) throw new ApiFailed(answer.status, answer.body);
    accepted += reply.accepted;
    duplicates += reply.duplicates;
    refused += reply.rejected.length;
    for (const { index, code, reason } of reply.rejected) faults.push(`line ${first + index}: ${code}: ${reason}`);
    onProgress?.(first + events.length - 1);
  };
  let batch: unknown[] = [];
  for await (const text of createInterface({ input: createReadStream(path, 'utf8') })) {
    line++;
    batch.push(jsonOf(text));
    if (batch.length < MAX_BATCH) continue;
    await send(batch, line - batch.length + 1);
    batch = [];
  }
  if (batch.length > 0) await send(batch, line - batch.length + 1);
  await runtime.settle();
  return { accepted, duplicates, refused, faults: faults.slice(0, MOST_FAULTS) } satisfies Backfilled;
}

/** What is no JSON is sent as the text that it is: the service refuses it, and keeps it as a dead letter. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
