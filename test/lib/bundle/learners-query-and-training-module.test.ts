import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABELLED_FEATURES } from '../../../lib/constructs/compute/stage-learners-code-in-images.ts';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';
import { appOf } from '../synthesise-app.ts';
import { bundle } from './bundle-function-with-learner-profile.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const STORY = join(REPOSITORY, 'stories/movie-recommender');
/** Milliseconds for some syntheses, or a training, on a busy machine. */
const timeout = 600_000;
const EXPORT = 'agentbricks_trainer/export/export.py';
const MINE = {
  'labelled-features.sql': `-- mine\n${readFileSync(join(STORY, '02-feature-engineering/02-as-it-was-then/solution.sql'), 'utf8')}`,
  export: `${readFileSync(join(STORY, '03-model-training/06-the-same-model-elsewhere/solution.py'), 'utf8')}\n__import__("sys").stderr.write("mine\\n")\n`,
};
type Name = keyof typeof MINE;

mkdirSync(join(REPOSITORY, '.agentbricks'), { recursive: true });
const root = mkdtempSync(join(REPOSITORY, '.agentbricks/synth-test-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Puts files in use, like the command `use`. */
function use(...names: Name[]): void {
  mkdirSync(join(root, 'workspace'), { recursive: true });
  for (const name of names) writeFileSync(join(root, 'workspace', `my-${name}`), MINE[name]);
  const inUse = Object.fromEntries(names.map((name) => [name, `my-${name}`]));
  writeFileSync(join(root, 'workspace/seams.json'), JSON.stringify(inUse));
}

/** Synthesises the production profile, which computes features in a container. */
function synthesised() {
  const outdir = mkdtempSync(join(root, 'out-'));
  const { app, stacks } = appOf('production', { workspace: root }, outdir);
  app.synth();
  const template = (name: string) => Template.fromStack(stacks.get(name) as never).toJSON();
  return { outdir, features: template('FeatureEngineering'), training: template('ModelTraining') };
}

/** Returns the files of this path in the build contexts of a synthesis. */
const inContexts = (outdir: string, path: string): string[] =>
  globSync(`asset.*/${path}`, { cwd: outdir }).map((file) => readFileSync(join(outdir, file), 'utf8'));

describe('cdk synth with a learner’s labelled-features.sql and export.py', { timeout }, () => {
  it('puts them into the build contexts of the images, until the reference is restored', () => {
    use();
    const before = synthesised();
    use('labelled-features.sql', 'export');
    const mine = synthesised();
    use();
    const after = synthesised();
    expect(inContexts(mine.outdir, LABELLED_FEATURES)).toContain(MINE['labelled-features.sql']);
    expect(inContexts(mine.outdir, EXPORT)).toEqual([MINE.export]);
    for (const stack of ['features', 'training'] as const) {
      expect(mine[stack]).not.toEqual(before[stack]);
      expect(after[stack]).toEqual(before[stack]);
    }
    expect(inContexts(after.outdir, LABELLED_FEATURES)).not.toContain(MINE['labelled-features.sql']);
    const image = (path: string) => inContexts(mine.outdir, path).length > 0;
    for (const path of ['functions/Dockerfile', 'package-lock.json', 'layers/domain/core/time.ts']) {
      expect(image(path), path).toBe(true);
    }
  });

  it('puts the query next to the functions that compute features', () => {
    use('labelled-features.sql');
    const folder = dirname(bundle('build-features', root, root));
    expect(readFileSync(join(folder, 'sql/training/labelled-features.sql'), 'utf8')).toBe(
      MINE['labelled-features.sql'],
    );
    use();
    const reference = dirname(bundle('build-features', root, root));
    expect(readFileSync(join(reference, 'sql/training/labelled-features.sql'), 'utf8')).toBe(
      readFileSync(join(REPOSITORY, LABELLED_FEATURES), 'utf8'),
    );
  });

  it('rejects a file that does not exist, and names it', () => {
    use('export');
    rmSync(join(root, 'workspace/my-export'));
    expect(() => synthesised()).toThrow(/my-export cannot replace the reference implementation/);
    use();
  });
});

describeWith('Python', await hasPython(), 'Install Python 3.10 or later.')(
  'the trainer in the build context that cdk synth staged',
  { timeout },
  () => {
    let python: string;
    beforeAll(async () => {
      python = join(await sharedTrainer(), 'venv/bin/python');
    }, timeout);

    it('trains a model with the learner’s module, without Docker', async () => {
      use('export');
      const { outdir } = synthesised();
      const [file] = globSync(`asset.*/${EXPORT}`, { cwd: outdir });
      const context = join(outdir, (file as string).slice(0, -EXPORT.length));
      for (const name of ['Dockerfile', 'requirements.lock']) expect(existsSync(join(context, name)), name).toBe(true);
      const [data, out] = [join(root, 'data'), join(root, 'model')];
      await run(python, [join(TRAINER_PACKAGE, 'tests/support/write_small_run_folder.py'), data, '60', '40', '10']);
      const lines: string[] = [];
      const args = ['-m', 'agentbricks_trainer', 'train', '--data', data, '--out', out];
      const ended = await run(python, args, { cwd: context, onLine: (line) => lines.push(line) });
      expect(ended.status, ended.tail.join('\n')).toBe(0);
      expect(lines).toContain('mine');
      expect(existsSync(join(out, 'manifest.json'))).toBe(true);
      use();
    });
  },
);
