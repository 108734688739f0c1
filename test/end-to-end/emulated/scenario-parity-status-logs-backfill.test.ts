import { afterAll, beforeAll, expect, it } from 'vitest';
import { DAY, dayOf, MINUTE } from '#domain/core/time.ts';
import { parityOf } from '../../../bin/commands/aws/compare-embedded-with-emulated.ts';
import { awsStatus } from '../../../bin/commands/aws/print-aws-status.ts';
import { logs } from '../../../bin/commands/aws/print-function-logs.ts';
import { awsBackfill } from '../../../bin/commands/aws/start-pipeline-backfill.ts';
import { worldOn } from '../../../bin/parity/deploy-or-open-emulated-world.ts';
import { fixtureModel } from '../../../bin/parity/fixture-model.ts';
import { embeddedWorld } from '../../../bin/parity/open-embedded-world.ts';
import { type EmulatedAws, emulatedAws } from '../../../localstack/emulated/deploy-system-to-emulated-aws.ts';
import { screen } from '../../support/recording-terminal.ts';
import { describeEmulated } from './require-emulated-aws.ts';

// This suite has its own deployment, because events of other tests would change the compared values.
describeEmulated('an unused emulated AWS', () => {
  let aws: EmulatedAws;
  beforeAll(async () => {
    aws = await emulatedAws({ onStep: (step) => process.stderr.write(`emulated AWS: ${step}\n`) });
  });
  afterAll(() => aws?.[Symbol.asyncDispose]());

  it('gives the same values in a scenario as the embedded runtime', async () => {
    const { terminal, stdout } = screen();
    const worlds = [() => embeddedWorld(), () => worldOn(aws)] as const;
    const status = await parityOf(worlds, { seed: 2, json: true }, terminal);
    const { differences, values, counts } = JSON.parse(stdout());
    expect({ status, differences }).toEqual({ status: 0, differences: [] });
    expect(values).toBeGreaterThan(5_000);
    expect(counts['emulated AWS']).toMatchObject({ rejected: 4, slatesByModel: 23, slatesDegraded: 0 });
  });

  it('is described by `status --aws`: all stacks, the champion, and no active alarm', async () => {
    const { terminal, stdout } = screen();
    expect(await awsStatus({ json: true }, terminal)).toBe(0);
    const { stacks, missing, champion, lag } = JSON.parse(stdout());
    expect(missing).toEqual([]);
    expect(new Set(stacks.map(({ status }: { status: string }) => status))).toEqual(new Set(['CREATE_COMPLETE']));
    expect(champion).toBe(fixtureModel().manifest.version);
    expect(Object.keys(lag).sort()).toEqual(['archive', 'update-online']);
  });

  it('has logs by the function’s name in functions/triggers.ts', async () => {
    const { terminal, stdout } = screen();
    expect(await logs('collect', { since: 10 * MINUTE, json: true }, terminal)).toBe(0);
    expect(stdout()).toContain('"message":');
  });

  it('can be backfilled for a past day, and reports why the run failed', async () => {
    const { terminal, stdout } = screen();
    const day = dayOf(Date.now() - DAY);
    const options = { from: day, to: day, seed: 1, name: 'again', wait: true, json: true };
    expect(await awsBackfill(options, terminal)).toBe(1);
    // All events were ingested today.
    expect(JSON.parse(stdout())).toMatchObject({
      status: 'FAILED',
      runs: [
        {
          runId: `${day}-again`,
          status: 'FAILED',
          error: expect.stringContaining('the lake contains no play that had arrived by'),
        },
      ],
    });
  });
});
