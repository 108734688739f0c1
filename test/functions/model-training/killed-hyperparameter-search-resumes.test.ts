import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { prepareSearch } from '../../../localstack/embedded/trainer/prepare-optuna-virtualenv.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';

const MINUTE = 60_000;
const TRIALS = 3;
const USERS = 40;
const ITEMS = 60;
const PLAYS = 8;
const EPOCHS_BEFORE = 2;
/** Maximum number of attempts to interrupt a search. On a busy machine, it may end before the signal arrives. */
const ATTEMPTS = 5;
/** Limits the trainer to one thread. For a few hundred plays, a second thread costs more time than it saves. */
const ONE_THREAD = { OMP_NUM_THREADS: '1' };

/** Returns the path of a Python with the packages of a search, or undefined if they cannot be installed. */
const searchPython = async (): Promise<string | undefined> =>
  (await hasPython())
    ? prepareSearch({ folder: await sharedTrainer(), onStep: () => undefined }).catch(() => undefined)
    : undefined;

const python = await searchPython();

interface Found {
  readonly trials: readonly { value: number; settings: Record<string, number> }[];
  readonly best: { value: number; settings: Record<string, number> };
  readonly importance: Record<string, number>;
}

/** Output of kill_and_resume_searches.py. */
interface Cuts {
  readonly cuts: readonly boolean[];
  readonly again: boolean;
  readonly growing: boolean;
  readonly otherSeed: boolean;
  readonly rejected: readonly string[];
  readonly judges: readonly number[];
  readonly negatives: readonly (readonly number[])[];
  readonly played: readonly (readonly number[])[];
}

describeWith(
  'Optuna',
  python !== undefined,
  'Install Python 3.10 or later, where pip finds its packages.',
)('a search', () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  const argumentsOf = (to: string, trials: number) => [
    ...['-m', 'agentbricks_trainer', 'search', '--train', path('train.tsv'), '--folder', path(to)],
    ...['--trials', String(trials)],
  ];
  const trainer = async (command: string, ...args: readonly string[]) => {
    const output: string[] = [];
    const options = { cwd: TRAINER_PACKAGE, env: ONE_THREAD, onLine: (line: string) => output.push(line) };
    const ended = await run(python as string, ['-m', 'agentbricks_trainer', command, ...args], options);
    return { ...ended, output: output.join('\n') };
  };
  const summaryOf = ({ trials, best, importance }: Found) => ({
    trials: trials.map(({ value, settings }) => ({ value, settings })),
    best: best.settings,
    importance,
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-search-'));
    const lines = Array.from({ length: USERS * PLAYS }, (_, i) => {
      const [user, play] = [Math.floor(i / PLAYS), i % PLAYS];
      return `u${user}\ti${(7 * user + play * (1 + (user % 3))) % ITEMS}\t1\t${play}`;
    });
    await writeFile(path('train.tsv'), `${lines.join('\n')}\n`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Interrupts a search during the epochs of its last trial. @returns false if the search continued past them */
  async function interruptedInTowers(): Promise<boolean> {
    await rm(path('cut'), { recursive: true, force: true });
    const child = spawn(python as string, argumentsOf('cut', TRIALS), {
      cwd: TRAINER_PACKAGE,
      env: { ...process.env, ...ONE_THREAD },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const closed = once(child, 'close');
    const stages: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      const stage = /"stage": "(\w+)"/.exec(line)?.[1];
      if (line.includes('"stage": "trial", "number": 2')) stages.length = 0;
      if (stage) stages.push(stage);
      if (line.includes('"stage": "towers"') && stages[0] === 'trial' && stages.length === EPOCHS_BEFORE + 1) {
        child.kill('SIGINT');
      }
    }
    const [status] = (await closed) as [number | null];
    return status !== 0 && stages.at(-1) === 'towers';
  }

  it('that is interrupted in a trial resumes in that trial and ends with the same trials', {
    timeout: 3 * MINUTE,
  }, async () => {
    for (let attempt = 0; !(await interruptedInTowers()); attempt++) expect(attempt).toBeLessThan(ATTEMPTS);
    const resumed = await trainer('search', ...argumentsOf('cut', TRIALS).slice(3));
    expect(resumed.status, resumed.tail.join('\n')).toBe(0);
    expect(resumed.output).toContain('towers resumed');
    const args = [
      '--train',
      path('train.tsv'),
      '--folder',
      path('uninterrupted'),
      '--trials',
      String(TRIALS),
      '--json',
    ];
    const uninterrupted = await run(process.execPath, [resolve('bin/agentbricks.ts'), 'search', ...args], {
      env: ONE_THREAD,
    });
    expect(uninterrupted.status, uninterrupted.tail.join('\n')).toBe(0);
    const found = JSON.parse(resumed.stdout) as Found;
    expect(summaryOf(found)).toEqual(summaryOf(JSON.parse(uninterrupted.stdout) as Found));
    expect(found.trials).toHaveLength(TRIALS);
    expect(found.best.value).toBe(Math.max(...found.trials.map(({ value }) => value)));
    expect(await readFile(path('uninterrupted/history.svg'), 'utf8')).toContain('<svg');
    expect(await readFile(path('uninterrupted/importance.svg'), 'utf8')).toContain('learning_rate');
    expect(JSON.parse(await readFile(path('uninterrupted/best.json'), 'utf8'))).toEqual(found.best.settings);
  });

  it('writes settings that a comparison accepts, and a comparison names settings that it rejects', {
    timeout: 2 * MINUTE,
  }, async () => {
    await writeFile(path('some.json'), '{"epochs": 2, "dropout": 0}');
    await writeFile(path('odd.json'), '{"patience": 3, "epochs": 0, "dropout": 1}');
    await writeFile(path('test.tsv'), 'u0\ti50\t1\t9\nu1\ti50\t1\t9\n');
    const files = ['--train', path('train.tsv'), '--test', path('test.tsv')];
    const accepted = await trainer('compare', ...files, '--settings', path('some.json'));
    expect(accepted.status, accepted.tail.join('\n')).toBe(0);
    expect(accepted.output.match(/"stage": "towers"/g)).toHaveLength(2);
    const rejected = await trainer('compare', ...files, '--settings', path('odd.json'));
    expect(rejected.status).toBe(2);
    expect(rejected.output).toContain('the two-tower does not accept patience = 3, epochs = 0, dropout = 1');
  });

  it('ends with the same trials regardless of where it is killed, and stores the trials of other seeds separately', {
    timeout: 5 * MINUTE,
  }, async () => {
    const env = { ...ONE_THREAD, PYTHONPATH: TRAINER_PACKAGE };
    const script = join(import.meta.dirname, 'kill_and_resume_searches.py');
    const { status, stdout, tail } = await run(python as string, [script, folder], { env });
    expect(status, tail.join('\n')).toBe(0);
    const { cuts, again, growing, otherSeed, rejected, judges, negatives, played } = JSON.parse(stdout) as Cuts;
    expect(cuts.length).toBeGreaterThan(TRIALS);
    expect([...cuts, again, growing, otherSeed]).not.toContain(false);
    expect(rejected[0]).toMatch(/file cannot be used as the search's folder/);
    expect(rejected[1]).toMatch(/trials\.sqlite cannot be read: file is not a database/);
    // The sixth user has played all items. Each other user's negatives are the user's unplayed items, once each.
    expect(judges).toEqual([0, 1, 2, 3, 4]);
    for (const [i, items] of played.entries())
      expect([...items, ...(negatives[i] ?? []).filter((item) => item > 0)].sort()).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9,
      ]);
  });
});
