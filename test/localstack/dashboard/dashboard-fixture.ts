import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { LiveMessage, LiveView } from '../../../localstack/embedded/dashboard/live-message-types.ts';
import { createDashboard, type Dashboard } from '../../../localstack/embedded/dashboard/update-and-serve-live-view.ts';
import { runtimeProxy } from '../../../localstack/embedded/host/http-server-for-changing-runtimes.ts';

const NOW = 1_000_000;

/** A dashboard with its own HTTP server. */
export interface OpenDashboard extends AsyncDisposable {
  readonly dashboard: Dashboard;
  readonly url: string;
}

/** Creates a temporaryFolder for a dashboard's history; it is deleted when disposed. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'agentbricks-dashboard-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** Opens a dashboard. @param now UTC epoch milliseconds; users with odd numbers are not held back */
export async function openDashboard(dataDir: string, now: () => number = () => NOW): Promise<OpenDashboard> {
  const isHeldBack = (userId: string) => Number(userId.slice('u-'.length)) % 2 === 0;
  const dashboard = createDashboard({ dataDir, isHeldBack, now });
  const door = await runtimeProxy(0, dashboard.routes());
  const close = async () => {
    dashboard.close();
    await door.close();
  };
  return { dashboard, url: door.url, [Symbol.asyncDispose]: close };
}

/** Opens a dashboard in a new temporaryFolder for each test of the file. @returns a function that returns the current one */
export function openDashboardForEach(): () => OpenDashboard {
  let kept: ReturnType<typeof temporaryFolder>;
  let world: OpenDashboard;
  beforeEach(async () => {
    kept = temporaryFolder();
    world = await openDashboard(kept.path);
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    kept[Symbol.dispose]();
  });
  return () => world;
}

/** Connects to `GET /v1/live` like a page. */
export async function listen(url: string) {
  const answer = await fetch(`${url}/v1/live`);
  const reader = (answer.body as ReadableStream<BufferSource>).getReader();
  const decoder = new TextDecoder();
  let pending = '';
  return {
    answer,
    next: async (): Promise<LiveMessage> => {
      for (;;) {
        const data = /^data: (.*)\n\n/m.exec(pending);
        if (data) {
          pending = pending.slice(data.index + data[0].length);
          return JSON.parse(data[1] as string) as LiveMessage;
        }
        const { value, done } = await reader.read();
        if (done) throw new Error('the feed ended');
        pending += decoder.decode(value, { stream: true });
      }
    },
    stop: () => reader.cancel(),
  };
}

export async function fetchView(url: string): Promise<LiveView> {
  const page = await listen(url);
  const first = await page.next();
  await page.stop();
  if (first.kind !== 'view') throw new Error(`the first message is ${first.kind}`);
  return first.view;
}
