import { afterAll, beforeAll, expect, it } from 'vitest';
import { DAY, dayOf, MINUTE } from '#domain/core/time.ts';
import { awsBackfill } from '../../../bin/commands/aws/backfill.ts';
import { logs } from '../../../bin/commands/aws/logs.ts';
import { parityOf } from '../../../bin/commands/aws/parity.ts';
import { awsStatus } from '../../../bin/commands/aws/status.ts';
import { embeddedWorld } from '../../../bin/parity/embedded-world.ts';
import { worldOn } from '../../../bin/parity/emulated-world.ts';
import { fixtureModel } from '../../../bin/parity/fixture-model.ts';
import { type EmulatedAws, emulatedAws } from '../../../localstack/emulated/emulated-aws.ts';
import { screen } from '../../bin/test-terminal.ts';
import { describeEmulated } from './describe-emulated.ts';

// A deployment of its own: what other tests send would be in what is compared.
describeEmulated('an emulated AWS that nobody has used', () => {
  let aws: EmulatedAws;
  beforeAll(async () => {
    aws = await emulatedAws({ onStep: (step) => process.stderr.write(`emulated AWS: ${step}\n`) });
  });
  afterAll(() => aws?.[Symbol.asyncDispose]());

  it('does with a scenario what the embedded runtime does, value by value', async () => {
    const { terminal, stdout } = screen();
    const worlds = [() => embeddedWorld(), () => worldOn(aws)] as const;
    const status = await parityOf(worlds, { seed: 2, json: true }, terminal);
    const { differences, values, counts } = JSON.parse(stdout());
    expect({ status, differences }).toEqual({ status: 0, differences: [] });
    expect(values).toBeGreaterThan(5_000);
    expect(counts['emulated AWS']).toMatchObject({ rejected: 4, slatesByModel: 23, slatesDegraded: 0 });
  });

  it('is told by `status --aws`: every stack, the champion, and no alarm that rings', async () => {
    const { terminal, stdout } = screen();
    expect(await awsStatus({ json: true }, terminal)).toBe(0);
    const { stacks, missing, champion, lag } = JSON.parse(stdout());
    expect(missing).toEqual([]);
    expect(new Set(stacks.map(({ status }: { status: string }) => status))).toEqual(new Set(['CREATE_COMPLETE']));
    expect(champion).toBe(fixtureModel().manifest.version);
    expect(Object.keys(lag).sort()).toEqual(['archive', 'update-online']);
  });

  it('shows what `collect` wrote, by its name in functions/triggers.ts', async () => {
    const { terminal, stdout } = screen();
    expect(await logs('collect', { since: 10 * MINUTE, json: true }, terminal)).toBe(0);
    expect(stdout()).toContain('"message":');
  });

  it('runs the deployed pipeline for a day that is over by `backfill`, and says why the run failed', async () => {
    const { terminal, stdout } = screen();
    const day = dayOf(Date.now() - DAY);
    const options = { from: day, to: day, seed: 1, name: 'again', wait: true, json: true };
    expect(await awsBackfill(options, terminal)).toBe(1);
    // All that is known came today.
    expect(JSON.parse(stdout())).toMatchObject({
      status: 'FAILED',
      runs: [
        {
          runId: `${day}-again`,
          status: 'FAILED',
          error: expect.stringContaining('the lake holds no play that was known at'),
        },
      ],
    });
  });
});
