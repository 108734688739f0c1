import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../../../functions/monitoring/dashboard-panels.ts';
import { generated } from '../../../localstack/grafana/render-dashboard-files.ts';

/** Width of Grafana's grid. */
const COLUMNS = 24;

interface Panel {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

/** Returns the titles of each two panels whose rectangles share an area. */
const overlaps = (panels: readonly Panel[]): string[] =>
  panels.flatMap((one, i) =>
    panels.slice(i + 1).flatMap((other) => {
      const [a, b] = [one.gridPos, other.gridPos];
      const apart = a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      return apart ? [] : [`${one.title} and ${other.title}`];
    }),
  );

describe('files generated from functions/monitoring', () => {
  it.each([...generated()])('%s is up to date; `npm run dashboards` writes it', (path, text) => {
    expect(readFileSync(join('localstack', path), 'utf8')).toBe(text);
  });

  it('have every defined panel in Grafana, and no panel over another', () => {
    for (const { name, panels } of DASHBOARDS) {
      const made = JSON.parse(generated().get(`grafana/dashboards/${name}.json`) ?? '') as { panels: Panel[] };
      expect(made.panels.map(({ title }) => title)).toEqual(panels.map(({ title }) => title));
      for (const { gridPos } of made.panels) {
        expect(gridPos.w * gridPos.h).toBeGreaterThan(0);
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(COLUMNS);
      }
      expect(overlaps(made.panels)).toEqual([]);
    }
  });
});

describe('the comparison of panels', () => {
  const panel = (title: string, x: number, y: number): Panel => ({ title, gridPos: { x, y, w: 12, h: 8 } });

  it.each([
    ['the same corner', panel('b', 0, 0)],
    ['another corner', panel('b', 11, 7)],
    ['a corner to the left', panel('b', -11, 7)],
  ])('finds two panels that overlap with %s', (_, second) => {
    expect(overlaps([panel('a', 0, 0), second])).toEqual(['a and b']);
  });

  it('accepts panels that touch', () => {
    expect(overlaps([panel('a', 0, 0), panel('b', 12, 0), panel('c', 0, 8)])).toEqual([]);
  });
});
