import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE, fixtureModel } from '../../../bin/parity/fixture-model.ts';
import { agentbricks } from '../run-in-process.ts';
import { fakeTrainer } from '../trainer/fake-trainer.ts';

const { version } = fixtureModel().manifest;

/** Training itself is tested in test/functions/model-training, and the complete pipeline in test/end-to-end. */
describe('the pipeline of a city, with a trainer that returns the fixture model', () => {
  let home: string;
  const run = (...args: string[]) => agentbricks(...args, '--home', home);
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'agentbricks-pipeline-'));
    await run('simulate', '--agents', '120', '--titles', '30', '--days', '1', '--seed', '3');
  });
  afterAll(() => rmSync(home, { recursive: true }));

  it('prints the trainer’s error if the training fails', async () => {
    const error = { what: 'the data has no plays', why: 'the world is too small', fix: 'Simulate more agents' };
    fakeTrainer(home, { stderr: [JSON.stringify({ error })], status: 1 });
    const { status, stdout } = await run('pipeline');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^\S+ FAILED: .*the data has no plays/);
    expect((await run('models', 'list')).stdout).toBe('No model is registered yet: popularity serves.');
    expect((await run('models', 'log')).stdout).toBe('The alias champion has never pointed at a version.');
  });

  it('evaluates and promotes the model, and prints its metrics with intervals', async () => {
    fakeTrainer(home, { stderr: ['{"stage":"epoch","epoch":1}'], model: FIXTURE });
    const { status, stdout, stderr } = await run('pipeline');
    expect(status).toBe(0);
    expect(stderr).toMatch(/ {2}Train done\n {2}Evaluate done\n {2}Gate done\n {2}Decide done\n {2}Promote done/);
    expect(stdout).toMatch(/^\S+ SUCCEEDED\nmetric +recommender +value +95 % interval\n/);
    expect(stdout).toMatch(/\n\w+ ndcg@10 +candidate +0\.\d{3} +0\.\d{3}–[01]\.\d{3}\n/);
    expect(stdout).toMatch(new RegExp(`\\n${version} was promoted: .+$`));
    const { runId, status: state } = JSON.parse((await run('pipeline', '--json')).stdout);
    expect({ runId, state }).toEqual({ runId: expect.any(String), state: expect.stringMatching(/SUCCEEDED|FAILED/) });
  });

  it('recommends titles after the promotion', async () => {
    expect((await run('status')).stdout).toContain(`champion: ${version}`);
    const { stderr } = await run('recommend', '--user', 'u-00001', '--k', '3');
    expect(stderr).toMatch(/3 titles in the world city, ranked by the policy \w+/);
  });

  it('is rolled back to popularity, with a note on when the service follows', async () => {
    const { status, stdout, stderr } = await run('rollback', '--to', 'none');
    expect(status, stderr).toBe(0);
    expect(stdout).toBe(`champion: ${version} → none`);
    expect(stderr).toContain('The service uses it within 10 seconds.');
    expect((await run('models', 'log')).stdout).toMatch(/^when +from +to +who +why\n.*none +\w{12}.*\n.*\w{12} +none/);
  });
});
