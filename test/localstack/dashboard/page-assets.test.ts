import { describe, expect, it } from 'vitest';
import { openDashboardForEach } from './dashboard-fixture.ts';

const world = openDashboardForEach();

describe('the page', () => {
  it('has its own script and style, and loads no external resources', async () => {
    for (const [path, type] of [
      ['/', 'text/html'],
      ['/page.js', 'text/javascript'],
      ['/page.css', 'text/css'],
    ] as const) {
      const answer = await fetch(world().url + path);
      const text = await answer.text();
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
      expect(text.length).toBeGreaterThan(500);
      expect(text).not.toMatch(/@import|url\(["']?https?:/);
    }
  });

  it('is read-only', async () => {
    for (const path of ['/', '/v1/live', '/v1/agents/u-00001/day']) {
      expect((await fetch(world().url + path, { method: 'POST' })).status).toBeGreaterThanOrEqual(400);
    }
  });
});
