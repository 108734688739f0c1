import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { use } from '../../../bin/commands/story/use-learners-code.ts';
import { findStep } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { screen } from '../../support/recording-terminal.ts';
import { synthesise } from '../synthesise-app.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
mkdirSync(join(REPOSITORY, '.agentbricks'), { recursive: true });
/** In the repository, so that a learner's file finds aws-cdk-lib. */
const root = mkdtempSync(join(REPOSITORY, '.agentbricks/synth-test-'));
afterAll(() => rmSync(root, { recursive: true }));
const workspace = join(root, 'workspace');
/** Milliseconds for a check and some syntheses on a busy machine. */
const timeout = 240_000;

const orchestration = (profile: 'learner' | 'production' = 'learner') =>
  (synthesise(profile, { workspace: root }).get('Orchestration') as Template).toJSON();

async function write(id: string, name: string, change: (code: string) => string = (code) => code): Promise<void> {
  const step = await findStep(id);
  const file = join(workspace, step.learnerFile);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, change(readFileSync(join(step.folder, name), 'utf8')));
}

async function used(id: string, options: object = {}): Promise<string> {
  const { terminal, stdout } = screen();
  expect(await use(id, { workspace, ...options }, terminal)).toBe(0);
  return stdout();
}

/** Logical ids of the schedules, and the definition of the pipeline. */
const schedulesOf = (template: ReturnType<typeof orchestration>) =>
  Object.entries(template.Resources as Record<string, { Type: string }>)
    .filter(([, { Type }]) => Type === 'AWS::Scheduler::Schedule' || Type === 'AWS::Events::Rule')
    .map(([id]) => id);

describe('the stack Orchestration', { timeout }, () => {
  const before = orchestration();

  it('contains the learner’s pipeline.asl.json, until the reference is restored', async () => {
    await write('06.1', 'variants/fail-state-per-task.asl.json');
    const said = await used('06.1');
    expect(said).toContain('A running city interprets its next pipeline run with it');
    expect(said).toContain('cdk synth puts it into the stack Orchestration');
    const mine = orchestration();
    expect(mine).not.toEqual(before);
    expect(JSON.stringify(mine)).toContain('TrainFailed');
    expect(schedulesOf(mine)).toEqual(schedulesOf(before));
    await used('06.1', { reference: true });
    expect(orchestration()).toEqual(before);
  });

  it('keeps the learner’s states after Features if a container computes the features', async () => {
    const production = orchestration('production');
    await write('06.1', 'variants/fail-state-per-task.asl.json');
    await used('06.1');
    const mine = JSON.stringify(orchestration('production'));
    expect(mine).toContain('agentbricks-features-');
    expect(mine).toContain('FeaturesFailed');
    expect(mine).not.toContain(String.raw`\"Next\":\"Failed\"`);
    await used('06.1', { reference: true });
    expect(orchestration('production')).toEqual(production);
  });

  it('contains the resources of the learner’s nightly.ts, until the reference is restored', async () => {
    await write('06.5', 'variants/eventbridge-rule.ts');
    const said = await used('06.5');
    expect(said).toContain('The city does not run it');
    expect(said).toContain('with your permissions, and nothing confines it');
    const mine = orchestration();
    expect(schedulesOf(mine).some((id) => id.startsWith('EveryNight'))).toBe(true);
    expect(schedulesOf(mine)).not.toEqual(schedulesOf(before));
    await used('06.5', { reference: true });
    expect(orchestration()).toEqual(before);
  });

  it.each([
    ['nightly.ts', { nightly: 'a.ts' }, 'export const weekly = 1;', /exports no function named nightly/],
    ['nightly.ts', { nightly: 'b.ts' }, 'throw new Error("token-17");', /token-17/],
    ['pipeline.asl.json', { pipeline: 'c.json' }, '{ "StartAt": ', /cannot be loaded/],
    ['pipeline.asl.json', { pipeline: 'missing.json' }, '', /no such file/],
  ])('is not synthesised with an unusable %s: %o', (_, seams, content, error) => {
    const [name] = Object.values(seams) as [string];
    writeFileSync(join(workspace, 'seams.json'), JSON.stringify(seams));
    if (content) writeFileSync(join(workspace, name), content);
    expect(() => orchestration()).toThrow(error);
    rmSync(join(workspace, 'seams.json'));
  });
});
