import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll, describe, expect, it } from 'vitest';
import { profileNamed } from '../../lib/profiles.ts';
import { seamAliases } from '../../lib/seams.ts';
import { DataCollectionStack } from '../../lib/stacks/bricks.ts';

const outdir = mkdtempSync(join(tmpdir(), 'agentbricks-bundle-'));
afterAll(() => rmSync(outdir, { recursive: true }));

describe('a bundled function', () => {
  it('loads as Lambda loads it, and refuses an environment that it cannot use by name', () => {
    const app = new App({ outdir });
    new DataCollectionStack(app, 'DataCollection', { profile: profileNamed('learner') });
    app.synth();
    const bundle = readdirSync(outdir).find(
      (entry) => entry.startsWith('asset.') && readdirSync(join(outdir, entry)).includes('index.mjs'),
    );
    expect(bundle).toBeDefined();
    const file = join(outdir, bundle as string, 'index.mjs');
    // The SDK is the runtime's; here it is ours.
    symlinkSync(resolve('node_modules'), join(outdir, 'node_modules'));
    const env = { PATH: process.env.PATH, EVENT_LOG: 'kafka' };
    const { stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', `await import(${JSON.stringify(file)})`],
      { env, encoding: 'utf8' },
    );
    expect(stderr).toContain('BRICK_BAD_CONFIGURATION');
    expect(stderr).toContain('EVENT_LOG');
  });

  it('holds the learner’s file where the workspace says so', () => {
    const root = join(outdir, 'root');
    mkdirSync(join(root, 'workspace'), { recursive: true });
    expect(seamAliases(root)).toEqual({});
    writeFileSync(join(root, 'workspace/seams.json'), '{"validate-event":"01.1/mine.ts"}');
    expect(seamAliases(root)).toEqual({ '--alias:#seams/validate-event': join(root, 'workspace/01.1/mine.ts') });
  });
});
