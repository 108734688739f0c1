import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DAY, dayOf } from '#domain/core/time.ts';
import { parityOf } from '../../../bin/commands/aws/compare-embedded-with-emulated.ts';
import { awsBackfill } from '../../../bin/commands/aws/start-pipeline-backfill.ts';
import { worldOn } from '../../../bin/parity/deploy-or-open-emulated-world.ts';
import { fixtureModel } from '../../../bin/parity/fixture-model.ts';
import { embeddedWorld } from '../../../bin/parity/open-embedded-world.ts';
import { CACHE_FORMAT } from '../../../functions/recommendation/ranking/pack-and-unpack-cached-ranking.ts';
import { type EmulatedAws, emulatedAws } from '../../../localstack/emulated/deploy-system-to-emulated-aws.ts';
import { screen } from '../../support/recording-terminal.ts';
import { describeEmulated } from './require-emulated-aws.ts';

describeEmulated('the production profile, deployed to an emulated AWS', () => {
  let aws: EmulatedAws;
  beforeAll(async () => {
    const onStep = (step: string) => void process.stderr.write(`emulated AWS, production: ${step}\n`);
    aws = await emulatedAws({ profile: 'production', onStep });
  });
  afterAll(() => aws?.[Symbol.asyncDispose]());

  it.each(['/v1/events', '/v1/recommendations?userId=a'])('rejects unsigned requests to %s', async (path) => {
    const method = path === '/v1/events' ? 'POST' : 'GET';
    expect((await fetch(await aws.cloud.apiUrl(path), { method })).status).toBe(403);
  });

  it('gives the same values in a scenario as the embedded runtime, and stores its rankings in Redis', async () => {
    const { terminal, stdout } = screen();
    const worlds = [() => embeddedWorld(), () => worldOn(aws)] as const;
    const status = await parityOf(worlds, { seed: 3, json: true }, terminal);
    expect({ status, differences: JSON.parse(stdout()).differences }).toEqual({ status: 0, differences: [] });
    const redis = new Redis(aws.cacheUrl);
    const kept = await redis.keys(`agentbricks:ranked:${CACHE_FORMAT}:${fixtureModel().manifest.version}:*`);
    redis.disconnect();
    expect(kept.length).toBeGreaterThan(10);
  });

  it('builds features with the container’s command, and a run without plays reports the reason', async () => {
    const { terminal, stdout } = screen();
    const day = dayOf(Date.now() - DAY);
    expect(await awsBackfill({ from: day, to: day, seed: 1, wait: true, json: true }, terminal)).toBe(1);
    const [run] = JSON.parse(stdout()).runs;
    expect(run).toMatchObject({ status: 'FAILED', error: expect.stringContaining('BRICK_NOTHING_TO_LEARN') });
    expect(run.error).toContain('build-features/job.ts');
  });

  it('cannot be destroyed while it is protected', async () => {
    await expect(aws.cdk.destroy()).rejects.toThrow('TerminationProtection');
    expect(await aws.inventory.stacks()).toHaveLength(8);
  });
});
