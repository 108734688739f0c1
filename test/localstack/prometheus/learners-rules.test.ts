import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { followRules } from '../../../bin/learner-code/definitions-and-rules/load-learners-rules-into-prometheus.ts';
import { httpUrl } from '../../../localstack/mirror/ports-tables-and-variables.ts';
import { startPrometheus } from '../../../localstack/mirror/start-prometheus.ts';
import { hasPrometheus, PROMETHEUS_INSTALL_HINT } from '../../../localstack/servers/run-promtool.ts';
import { freePort } from '../../../localstack/servers/server-process.ts';
import { describeWith } from '../../support/require-server.ts';

const RULES = 'groups: [{ name: learner, rules: [{ alert: Always, expr: vector(1) }] }]\n';

describeWith(
  'Prometheus',
  hasPrometheus(),
  PROMETHEUS_INSTALL_HINT,
)('the mirror’s Prometheus', () => {
  it('evaluates a learner’s rules instead of the shared ones', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agentbricks-rules-'));
    const rules = join(folder, 'rules.yml');
    writeFileSync(rules, RULES);
    try {
      const [port, servicePort] = [await freePort(), await freePort()];
      await using _ = await startPrometheus({ folder, port, servicePort, rules, interval: '1s' });
      await vi.waitFor(
        async () => {
          const response = await fetch(`${httpUrl(port)}/api/v1/alerts`);
          const { data } = (await response.json()) as { data: { alerts: { labels: { alertname: string } }[] } };
          expect(data.alerts.map(({ labels }) => labels.alertname)).toEqual(['Always']);
        },
        { timeout: 30_000, interval: 250 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('follows seams.json, and evaluates the shared rules if it rejects the learner’s', {
    timeout: 90_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agentbricks-rules-'));
    const seams = join(folder, 'seams.json');
    const select = (inUse: object) => writeFileSync(seams, JSON.stringify(inUse));
    writeFileSync(join(folder, 'mine.yml'), RULES);
    writeFileSync(join(folder, 'broken.yml'), RULES.replace('vector(1)', 'vector('));
    const lines: string[] = [];
    try {
      const [port, servicePort] = [await freePort(), await freePort()];
      const place = join(folder, 'prometheus');
      await using prometheus = await startPrometheus({ folder: place, port, servicePort, interval: '1s' });
      const rules = async () => {
        const response = await fetch(`${httpUrl(port)}/api/v1/rules`);
        const { data } = (await response.json()) as { data: { groups: { name: string }[] } };
        return data.groups.map(({ name }) => name);
      };
      const shared = await rules();
      select({ 'rules.yml': 'mine.yml' });
      using _ = followRules(seams, prometheus.useRules, { say: (line) => void lines.push(line) });
      await vi.waitFor(async () => expect(await rules()).toEqual(['learner']), { timeout: 15_000 });
      select({ 'rules.yml': 'broken.yml' });
      await vi.waitFor(() => expect(lines.at(-1)).toMatch(/broken.yml cannot replace .* Prometheus does not load it/), {
        timeout: 15_000,
      });
      expect(await rules()).toEqual(shared);
      select({ 'rules.yml': 'mine.yml' });
      await vi.waitFor(async () => expect(await rules()).toEqual(['learner']), { timeout: 15_000 });
      select({});
      await vi.waitFor(async () => expect(await rules()).toEqual(shared), { timeout: 15_000 });
      expect(lines.at(-1)).toBe('Prometheus evaluates the reference implementation of rules.yml.');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
