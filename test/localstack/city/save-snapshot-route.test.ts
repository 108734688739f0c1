import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '#domain/events/collect-and-recommend-contract.ts';
import { localMetrics } from '../../../localstack/embedded/aws/emf-to-prometheus-and-minute-sums.ts';
import { listSnapshots, Snapshot } from '../../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import { snapshotRoutes } from '../../../localstack/embedded/city/snapshots/save-snapshot-route.ts';
import { type HttpServer, httpServer } from '../../../localstack/embedded/http/http-server.ts';
import { temporaryFolders, writeWorld } from './write-and-read-marked-world.ts';

let folders: ReturnType<typeof temporaryFolders>;
let server: HttpServer;
beforeEach(async () => {
  folders = temporaryFolders();
  const api = async () => ({ status: 404, headers: {}, body: '{}' });
  server = await httpServer({ api, metrics: localMetrics(() => 0), port: 0, routes: snapshotRoutes(folders) });
});
afterEach(async () => {
  await server.close();
  folders[Symbol.dispose]();
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/snapshots`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

describe('the snapshot route', () => {
  it('saves a snapshot, and returns it', async () => {
    writeWorld(folders.world, 3);
    const response = await post({ before: 'scenario on bots' });
    expect(response.status).toBe(200);
    const snapshot = Snapshot.parse(await response.json());
    expect(snapshot).toMatchObject({ hoursDone: 3, isAutomatic: true, reason: 'scenario on bots' });
    expect(listSnapshots(folders)).toMatchObject([{ name: snapshot.name }]);
  });

  it('explains why it saves none', async () => {
    const problems = [await post({}), await post({ name: '../up' }), await post({ where: 'elsewhere' })];
    const texts = await Promise.all(
      problems.map(async (response) => `${response.status} ${Problem.parse(await response.json()).code}`),
    );
    expect(texts).toEqual(['409 BRICK_NOTHING_TO_SAVE', '409 BRICK_BAD_SNAPSHOT_NAME', '400 BRICK_BAD_REQUEST']);
  });

  it('rejects requests that a web page can send', async () => {
    writeWorld(folders.world, 3);
    const statuses = [
      await post({}, { origin: 'http://evil.example' }),
      await post({}, { 'content-type': 'text/plain' }),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([403, 415]);
    expect(listSnapshots(folders)).toEqual([]);
  });
});
