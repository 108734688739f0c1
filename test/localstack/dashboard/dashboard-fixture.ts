import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createDashboard, type Dashboard } from '../../../localstack/embedded/dashboard/dashboard.ts';
import type { LiveMessage, LiveView } from '../../../localstack/embedded/dashboard/messages.ts';
import { runtimeProxy } from '../../../localstack/embedded/host/runtime-proxy.ts';

const NOW = 1_000_000;

/** A dashboard behind a front door of its own. */
export interface Opened extends AsyncDisposable {
  readonly dashboard: Dashboard;
  readonly url: string;
}

/** A folder for a cockpit's past; gone when it is disposed of. */
export function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'agentbricks-dashboard-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** @param now UTC epoch ms; users with odd numbers are not held back */
export async function opened(dataDir: string, now: () => number = () => NOW): Promise<Opened> {
  const isHeldBack = (userId: string) => Number(userId.slice('u-'.length)) % 2 === 0;
  const dashboard = createDashboard({ dataDir, isHeldBack, now });
  const door = await runtimeProxy(0, dashboard.routes());
  const close = async () => {
    dashboard.close();
    await door.close();
  };
  return { dashboard, url: door.url, [Symbol.asyncDispose]: close };
}

/** Opens one for each test of the file, in a folder of its own. @returns that of the test that runs */
export function openedForEach(): () => Opened {
  let kept: ReturnType<typeof folder>;
  let world: Opened;
  beforeEach(async () => {
    kept = folder();
    world = await opened(kept.path);
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    kept[Symbol.dispose]();
  });
  return () => world;
}

/** A page's own side of `GET /v1/live`. */
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

export async function seen(url: string): Promise<LiveView> {
  const page = await listen(url);
  const first = await page.next();
  await page.stop();
  if (first.kind !== 'view') throw new Error(`the first message is ${first.kind}`);
  return first.view;
}
