import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { connect, disconnect } from '#adapters/composition/connect-ports.ts';
import { readConfig } from '#adapters/composition/read-config.ts';
import { freePort } from '../../../../localstack/servers/server-process.ts';
import { recordingTelemetry } from '../../../functions/handler-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-connect-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the ports', () => {
  it('use Kafka with MSK authentication if the environment selects it, and connect on first use', async () => {
    const kafka = { EVENT_LOG: 'kafka', KAFKA_BROKERS: `127.0.0.1:${await freePort()}` };
    const config = readConfig({ DATA_DIR: folder, ...kafka, KAFKA_AUTH: 'msk-iam', AWS_REGION: 'eu-central-1' });
    const metricReader = { sum: async () => 0 };
    const ports = await connect(config, { telemetry: recordingTelemetry(), metricReader });
    expect(await ports.eventLog.append('t', [])).toEqual([]);
    await expect(ports.eventLog.partitions('t')).rejects.toMatchObject({ code: 'BRICK_EVENT_LOG_UNAVAILABLE' });
    await disconnect(ports);
  });
});
