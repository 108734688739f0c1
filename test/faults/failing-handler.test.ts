import { describe, expect, it } from 'vitest';
import { embeddedEventLog } from '#adapters/event-log/embedded.ts';
import { batchesOf } from '#adapters/lambda/kafka-batch.ts';
import { deadLetterOf, EVENTS } from '#domain/topics.ts';
import { triggers } from '../../functions/triggers.ts';
import { eventSource } from '../../localstack/embedded/event-source.ts';
import { gateway, type InvokeFunction } from '../../localstack/embedded/gateway.ts';
import { recordsOf } from '../functions/workbench.ts';

const CONSUMER = 'update-online';
const ATTEMPTS = triggers[CONSUMER].on.maxAttempts;
const NUMBERS = Array.from({ length: 40 }, (_, i) => String(i));

/** A log with forty records, and a consumer that does what `handle` says with each value. */
async function consumed(handle: (value: string, attempt: number) => void) {
  const eventLog = embeddedEventLog({ path: ':memory:' });
  await eventLog.append(
    EVENTS,
    NUMBERS.map((value) => ({ key: `k-${Number(value) % 7}`, value, timestamp: 0 })),
  );
  const attempts = new Map<string, number>();
  const done: string[] = [];
  const invoke: InvokeFunction = async (_name, event) => {
    for (const { records } of batchesOf(event as never)) {
      for (const { value } of records) {
        const attempt = (attempts.get(value) ?? 0) + 1;
        attempts.set(value, attempt);
        handle(value, attempt);
      }
      done.push(...records.map(({ value }) => value));
    }
    return { batchItemFailures: [] };
  };
  const drain = () => eventSource({ eventLog, invoke }).drain([CONSUMER]);
  await drain();
  return { eventLog, done, attempts, drain };
}

describe('a consumer that fails', () => {
  it('on one record sends that one, and only that one, to the dead letters with its origin and reason', async () => {
    const { eventLog, done } = await consumed((value) => {
      if (value === '17') throw new Error('poison');
    });
    expect(new Set(done)).toEqual(new Set(NUMBERS.filter((value) => value !== '17')));
    const letters = await recordsOf(eventLog, deadLetterOf(EVENTS));
    expect(letters.map(({ value }) => value)).toEqual(['17']);
    expect(letters[0]?.headers).toMatchObject({
      'x-origin': expect.stringMatching(/^events\.v1\/\d\/\d+$/),
      'x-consumer': triggers[CONSUMER].on.group,
      'x-reason': `gave up after ${ATTEMPTS} attempts`,
    });
  });

  it('for a while loses nothing: what failed is tried again', async () => {
    const { eventLog, done } = await consumed((value, attempt) => {
      if (value === '3' && attempt < ATTEMPTS) throw new Error('busy');
    });
    expect(new Set(done)).toEqual(new Set(NUMBERS));
    expect(await recordsOf(eventLog, deadLetterOf(EVENTS))).toEqual([]);
  });

  it('is not asked again about what it has handled', async () => {
    const { attempts, drain } = await consumed(() => {});
    await drain();
    expect([...attempts.values()].every((count) => count === 1)).toBe(true);
  });

  it('on everything leaves every record in the dead letters, none lost', async () => {
    const { eventLog, done } = await consumed(() => {
      throw new Error('down');
    });
    expect(done).toEqual([]);
    const letters = await recordsOf(eventLog, deadLetterOf(EVENTS));
    expect(letters.map(({ value }) => value).sort()).toEqual([...NUMBERS].sort());
  });
});

describe('a route whose function fails', () => {
  it('answers 500 and tells nothing of the inside', async () => {
    const api = gateway(async () => {
      throw new Error('a secret');
    });
    const answer = await api({ method: 'GET', path: '/v1/recommendations?userId=ann' });
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'BRICK_FUNCTION_FAILED', fix: expect.any(String) });
  });
});
