import { describe, expect, it } from 'vitest';
import { startBackground } from '../../../localstack/embedded/host/background-triggers.ts';

/** Milliseconds per scheduled minute: so few that the shortest schedule is due during the test. */
const MINUTE_MS = 2;

describe('the background triggers', () => {
  it('deliver to every consumer, invoke every schedule, and stop', async () => {
    const settled = new Set<string>();
    const invoked: unknown[] = [];
    const background = startBackground(
      {
        deliver: async (only = []) => {
          for (const name of only) settled.add(name);
        },
        invoke: async (_name, event) => void invoked.push(event),
      },
      { deliverEvery: 1, minute: MINUTE_MS, onError: () => expect.unreachable() },
    );
    await expect.poll(() => settled.has('update-online')).toBe(true);
    await expect.poll(() => invoked.length).toBeGreaterThan(0);
    expect(invoked[0]).toMatchObject({ source: 'aws.scheduler', resources: [expect.any(String)] });
    await background.stop();
    const before = invoked.length;
    await new Promise((resolve) => setTimeout(resolve, 5 * MINUTE_MS));
    expect(invoked).toHaveLength(before);
  });

  it('report failed work by its function, and retry it', async () => {
    const failures: string[] = [];
    await using _background = startBackground(
      { deliver: async () => Promise.reject(new Error('the log is locked')), invoke: async () => undefined },
      { deliverEvery: 1, minute: MINUTE_MS, onError: (work, error) => failures.push(`${work}: ${error}`) },
    );
    await expect
      .poll(() => failures.filter((line) => line === 'update-online: Error: the log is locked').length)
      .toBeGreaterThan(1);
  });

  it('never run the same work twice at the same time', async () => {
    let [running, most] = [0, 0];
    await using _background = startBackground(
      {
        deliver: async ([name] = []) => {
          if (name !== 'update-online') return;
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 10));
          running--;
        },
        invoke: async () => undefined,
      },
      { deliverEvery: 1, minute: MINUTE_MS, onError: () => {} },
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(most).toBe(1);
  });
});
