import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TRAINER_PACKAGE } from '../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import {
  type Extension,
  prepareExtension,
} from '../../localstack/embedded/trainer/virtualenv-with-additional-packages.ts';
import { sharedTrainer } from './prepare-shared-trainer.ts';

/** Environment with the tools that check the trainer, and with Optuna, because they also check its use. */
const DEVELOPMENT: Extension = {
  name: 'development',
  contents: 'ruff, mypy and pytest',
  requirements: ['requirements-dev.txt', 'requirements-search.txt'],
};
/** Folders of other Python that confined processes run. It has the same rules. */
const STORIES = resolve('stories');
const LEARNER_CODE = resolve('bin/learner-code');
/** Folder of the tools' caches and of the coverage data, as in pyproject.toml. */
const CACHES = resolve('.agentbricks/checks');

/**
 * `npm run trainer:check`: runs ruff and mypy on the trainer and on the Python of `stories` and `bin`, and pytest with
 * coverage on the trainer, even if one of them fails. Arguments are passed to pytest.
 *
 * @returns the exit status: 1 if a check failed
 */
async function checkTrainer(pytestArguments: readonly string[]): Promise<number> {
  const onStep = (step: string) => process.stderr.write(`trainer: ${step}\n`);
  const tools = dirname(await prepareExtension(DEVELOPMENT, { folder: await sharedTrainer(), onStep }));
  mkdirSync(CACHES, { recursive: true });
  const checks = [
    ['ruff', 'check', '.', STORIES, LEARNER_CODE],
    ['ruff', 'format', '--check', '.', STORIES, LEARNER_CODE],
    ['mypy'],
    ['mypy', join(STORIES, 'academy/runners/python/inside')],
    ['mypy', join(STORIES, 'academy/mentor/syntax/inside')],
    ['mypy', join(LEARNER_CODE, 'training/inside')],
    // One command per file, because all of these modules have the same name.
    ...globSync('*/*/*/scenarios.py', { cwd: STORIES }).map((file) => ['mypy', join(STORIES, file)]),
    ['pytest', '--quiet', '--cov', ...pytestArguments],
  ];
  const failed = checks.filter(([tool = '', ...args]) => {
    process.stdout.write(`\n-- ${[tool, ...args].join(' ')}\n`);
    // Most tests train on a few hundred plays, for which a second thread costs more than it saves.
    const env = { ...process.env, OMP_NUM_THREADS: '1' };
    return spawnSync(join(tools, tool), args, { cwd: TRAINER_PACKAGE, env, stdio: 'inherit' }).status !== 0;
  });
  return failed.length > 0 ? 1 : 0;
}

process.exitCode = await checkTrainer(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
