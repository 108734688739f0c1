import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { realDeadlines } from '#adapters/deadlines/real-time-deadlines.ts';
import type { Deadlines } from '#ports/request-deadlines.ts';
import { openRuntime, type RuntimeOptions } from '../../../localstack/embedded/host/open-runtime.ts';

const NOON = Date.UTC(2026, 0, 5, 12);
const folder = mkdtempSync(join(tmpdir(), 'agentbricks-runtime-'));
afterAll(() => rmSync(folder, { recursive: true }));

const slate = { method: 'GET', path: '/v1/recommendations?userId=ann&k=5' } as const;
/** Opens a runtime in its own folder. */
const open = (name: string, options: Omit<RuntimeOptions, 'dataDir'>) =>
  openRuntime({ dataDir: join(folder, name), logLevel: 'SILENT', ...options });

describe('the embedded runtime', () => {
  it('responds with 504 when a function exceeds its timeout', async () => {
    const noTime: Deadlines = { start: () => realDeadlines().start(0) };
    await using runtime = await open('no-time', { deadlines: noTime });
    const { status, body } = await runtime.api(slate);
    expect(status).toBe(504);
    expect(JSON.parse(body)).toMatchObject({ code: 'BRICK_FUNCTION_FAILED', why: expect.any(String) });
  });

  it('has production’s deadlines on the wall clock, and only the guard on a simulated clock', async () => {
    const left = async (options: Omit<RuntimeOptions, 'dataDir'>) => {
      await using runtime = await open('clock', options);
      return runtime.ports.deadlines.start(500).remaining();
    };
    expect(await left({})).toBeLessThanOrEqual(500);
    expect(await left({ now: () => NOON })).toBeGreaterThan(500);
    expect(await left({ now: () => NOON, deadlines: realDeadlines() })).toBeLessThanOrEqual(500);
  });
});
