import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../../../functions/monitoring/dashboard-panels.ts';
import { generated } from '../../../localstack/generated-files.ts';

describe('files generated from functions/monitoring', () => {
  it.each([...generated()])('%s is up to date; `npm run dashboards` writes it', (path, text) => {
    expect(readFileSync(join('localstack', path), 'utf8')).toBe(text);
  });

  it('have every defined panel in Grafana, and no panel over another', () => {
    for (const { name, panels } of DASHBOARDS) {
      const made = JSON.parse(generated().get(`grafana/dashboards/${name}.json`) ?? '') as {
        panels: { title: string; gridPos: { x: number; y: number } }[];
      };
      expect(made.panels.map(({ title }) => title)).toEqual(panels.map(({ title }) => title));
      expect(new Set(made.panels.map(({ gridPos: { x, y } }) => `${x},${y}`)).size).toBe(panels.length);
    }
  });
});
