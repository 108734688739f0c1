import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedEventLog } from '#adapters/event-log/embedded.ts';
import { kafkaEventLog } from '#adapters/event-log/kafka.ts';
import { SECOND } from '#domain/core/time.ts';
import type { NewRecord } from '#ports/event-log.ts';
import {
  hasKafka,
  KAFKA_INSTALL_HINT,
  type Kafka,
  startKafka,
} from '../../../../localstack/servers/install-and-start-kafka.ts';
import { freePort } from '../../../../localstack/servers/server-process.ts';
import { describeWith } from '../../../support/require-server.ts';
import { eventLogContract } from '../../contract-tests/event-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-log-'));
afterAll(() => rmSync(folder, { recursive: true }));
let serial = 0;
const PACE_MS = 100;
const REQUEST_MS = 10_000;
const record = (key: string): NewRecord => ({ key, value: 'v', timestamp: 1 });

eventLogContract('the embedded log', async () => embeddedEventLog({ path: join(folder, `${++serial}.sqlite`) }));

describe('the embedded log', () => {
  it('contains its records and commits after it is closed and opened again', async () => {
    const path = join(folder, 'again.sqlite');
    {
      await using log = embeddedEventLog({ path });
      await log.append('t', [{ key: 'a', value: 'stored', timestamp: 1 }]);
      await log.commit('g', 't', { partition: 0, offset: 3 });
    }
    await using log = embeddedEventLog({ path });
    const found = [];
    for (const { partition, first, next } of await log.partitions('t')) {
      if (next > first) found.push(...(await log.read('t', { partition, offset: first }, 10)));
    }
    expect(found.map(({ value }) => value)).toEqual(['stored']);
    expect(await log.committed('g', 't')).toEqual(new Map([[0, 3]]));
  });
});

const BEARER_SECONDS = 3;

describeWith(
  'Kafka',
  hasKafka(),
  KAFKA_INSTALL_HINT,
)('on a real broker', () => {
  let kafka: Kafka;
  beforeAll(async () => {
    kafka = await startKafka(BEARER_SECONDS);
  });
  afterAll(() => kafka?.[Symbol.asyncDispose]());

  const open = async () => kafkaEventLog({ brokers: kafka.brokers });
  eventLogContract('Kafka', open, (topic) => kafka.createTopic(topic));

  it('rejects requests for a missing topic with BRICK_TOPIC_MISSING', async () => {
    await using log = await open();
    const missing = { code: 'BRICK_TOPIC_MISSING', retryable: false };
    const requests = [
      log.append('nowhere', [record('a')]),
      log.partitions('nowhere'),
      log.read('nowhere', { partition: 0, offset: 0 }, 1),
    ];
    const outcomes = await Promise.allSettled<unknown>(requests);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: missing });
  });

  it('rejects a read of a missing partition with BRICK_OFFSET_OUT_OF_RANGE', async () => {
    await using log = await open();
    await kafka.createTopic('narrow', 1);
    const beyond = log.read('narrow', { partition: 5, offset: 0 }, 1);
    await expect(beyond).rejects.toMatchObject({ code: 'BRICK_OFFSET_OUT_OF_RANGE' });
  });

  it('rejects a record that is too large before sending it, and other appends succeed', async () => {
    await using log = await open();
    await kafka.createTopic('large');
    const large = { ...record('a'), value: 'x'.repeat(1_000_000) };
    const [tooLarge, other] = await Promise.allSettled([
      log.append('large', [large]),
      log.append('large', [record('a')]),
    ]);
    expect(tooLarge).toMatchObject({ status: 'rejected', reason: { code: 'BRICK_RECORD_TOO_LARGE' } });
    expect(other.status).toBe('fulfilled');
  });

  it('authenticates again with a new token before its session expires', async () => {
    await kafka.createTopic('guarded');
    let tokens = 0;
    const token = async () => {
      tokens++;
      return unsignedToken(BEARER_SECONDS);
    };
    await using log = kafkaEventLog({ brokers: kafka.saslBrokers, token, tls: false });
    await log.append('guarded', [record('a')]);
    const atFirst = tokens;
    const until = Date.now() + 2 * BEARER_SECONDS * SECOND;
    for (; Date.now() < until; await sleep(PACE_MS)) await log.append('guarded', [record('a')]);
    expect(tokens).toBeGreaterThan(atFirst + 1);
  });

  it('rejects an append with BRICK_EVENT_LOG_UNAVAILABLE if its token has expired', async () => {
    await using log = kafkaEventLog({ brokers: kafka.saslBrokers, token: async () => unsignedToken(-1), tls: false });
    await expect(log.append('guarded', [record('a')])).rejects.toMatchObject({ code: 'BRICK_EVENT_LOG_UNAVAILABLE' });
  });
});

describe('a Kafka log without brokers', () => {
  it('rejects requests with a retryable error within 10 s', async () => {
    await using log = kafkaEventLog({ brokers: [`127.0.0.1:${await freePort()}`] });
    const began = performance.now();
    const unavailable = { code: 'BRICK_EVENT_LOG_UNAVAILABLE', retryable: true };
    const outcomes = await Promise.allSettled<unknown>([log.append('t', [record('a')]), log.committed('g', 't')]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable });
    expect(performance.now() - began).toBeLessThan(REQUEST_MS);
  });
});

/** Returns an unsigned JSON Web Token, which a broker with a test configuration accepts. */
function unsignedToken(seconds: number): string {
  const now = Math.floor(Date.now() / SECOND);
  const part = (content: object) => Buffer.from(JSON.stringify(content)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: 'tests', iat: now, exp: now + seconds })}.`;
}
