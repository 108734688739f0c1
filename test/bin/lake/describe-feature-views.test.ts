import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FEATURE_VIEWS } from '#domain/features/feature-views.ts';
import { describeFeatures } from '../../../bin/commands/lake/print-feature-views-and-distributions.ts';
import type { DescribedFeatures } from '../../../functions/feature-engineering/describe-views-and-value-distributions.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';
import { screen } from '../../support/recording-terminal.ts';

let world: World;
let home: string;
beforeEach(async () => {
  world = await openWorld();
  home = mkdtempSync(join(tmpdir(), 'agentbricks-home-'));
  mkdirSync(join(home, 'worlds'));
  symlinkSync(world.dataDir, join(home, 'worlds/city'));
});
afterEach(async () => {
  rmSync(home, { recursive: true });
  await world[Symbol.asyncDispose]();
});

async function described(json: boolean): Promise<string[]> {
  const { terminal, stdout } = screen();
  expect(await describeFeatures({ home, json }, terminal)).toBe(0);
  return stdout().split('\n');
}

describe('agentbricks features describe', () => {
  it('prints each view: meaning, owner, freshness, null rate, quantiles and SQL', async () => {
    await world.titles();
    await world.signup('bob', 'SE');
    await world.play('ann', 't-0', 't-1', 't-3');
    const text = (await described(false)).join('\n');
    for (const view of Object.values(FEATURE_VIEWS)) {
      expect(text).toContain(`${view.name}: ${view.description}`);
      for (const feature of Object.keys(view.features)) expect(text).toContain(`  ${feature}`);
    }
    expect(text).toContain('owner feature-engineering; stale after 1 d, absent after 30 d');
    expect(text).toContain('never materialised');
    expect(text).toContain('OVER running');
    expect(text).toMatch(/plays7d +2 +50\.0 % +3 +3 +3/);
  });

  it('prints it as JSON', async () => {
    await world.titles();
    await world.play('ann', 't-0', 't-1', 't-3');
    world.later();
    await world.runtime.invoke('refresh-online', {});
    const { views, materialisedAsOf } = JSON.parse((await described(true))[0] ?? '') as DescribedFeatures;
    expect(materialisedAsOf).toBe(world.clock.at);
    const [user, title, userGenre] = views;
    expect(user?.sketches[0]).toMatchObject({ feature: 'plays7d', rows: 1, nullRate: 0, low: 3, high: 3 });
    expect(title?.sketches.find(({ feature }) => feature === 'meanRating')).toMatchObject({
      nullRate: 1,
      median: null,
    });
    expect(title?.sketches[0]?.nullRate).toBeCloseTo(0.9, 6);
    expect(userGenre?.sketches[0]?.rows).toBe(2);
    for (const { sketches } of views) {
      for (const { rows, nullRate, bins } of sketches) {
        expect(bins.reduce((sum, n) => sum + n, 0)).toBe(Math.round(rows * (1 - nullRate)));
      }
    }
  });

  it('fails if there is no world yet', async () => {
    await expect(described(false)).rejects.toMatchObject({ code: 'BRICK_NO_WORLD_YET' });
  });
});
