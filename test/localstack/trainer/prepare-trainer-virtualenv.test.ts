import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnose } from '../../../localstack/embedded/doctor/environment-checks.ts';
import {
  findPython,
  isPrepared,
  prepareTrainer,
  TRAINER_PACKAGE,
} from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';

let folder: string;
let path: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-environment-'));
  mkdirSync(join(folder, 'bin'));
  path = process.env.PATH;
  process.env.PATH = `${join(folder, 'bin')}:/usr/bin:/bin`;
});
afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

const log = () => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');

/**
 * Replaces every Python on the PATH by a script that logs its arguments, prints the version, and creates an environment
 * that contains a copy of the script.
 *
 * @param fails pattern of the arguments that make it fail
 */
function fakePython(version: string, fails = 'nothing'): void {
  const script = `#!/bin/sh
echo "$*" >> ${folder}/log
case "$*" in
  *"${fails}"*) echo "no network" >&2; exit 1;;
  -c*) echo ${version};;
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python";;
esac
`;
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    writeFileSync(join(folder, 'bin', name), script);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
}

/** Prepares the trainer's environment. @returns the reported steps */
async function prepare(): Promise<string[]> {
  const steps: string[] = [];
  await prepareTrainer({ folder: join(folder, 'trainer'), onStep: (step) => void steps.push(step) });
  return steps;
}

describe('the search for Python', () => {
  it('finds the first one that is new enough', async () => {
    fakePython('3.12.1');
    expect(await findPython()).toEqual({ path: 'python3', version: '3.12.1' });
  });

  it('rejects older ones, and the doctor explains what does not work', async () => {
    fakePython('3.9.18');
    await expect(findPython()).rejects.toMatchObject({ code: 'BRICK_NO_PYTHON' });
    const checks = await diagnose({ folder, trainerFolder: join(folder, 'trainer') });
    expect(checks.find(({ name }) => name === 'Python')).toMatchObject({
      status: 'limited',
      found: expect.stringContaining('all users get popular titles'),
      fix: expect.stringContaining('Install Python 3'),
    });
  });
});

describe('the requirements of the trainer', () => {
  const read = (name: string) => readFileSync(join(TRAINER_PACKAGE, name), 'utf8');
  const packages = (text: string) => text.split('\n').filter((line) => /^[\w-]+==/.test(line));

  it.each(['requirements.lock', 'requirements-uv.txt', 'requirements-search.txt', 'requirements-dev.txt'])(
    'have the hashes of all files of each package: %s',
    (name) => {
      const entries = read(name)
        .split(/\n(?=\S)/)
        .filter((entry) => /^[\w-]+==/.test(entry));
      expect(entries.length).toBeGreaterThan(0);
      for (const entry of entries) expect(entry).toMatch(/--hash=sha256:[0-9a-f]{64}/);
    },
  );

  it('are the same in the lock file', () => {
    const versions = (text: string) => packages(text).map((line) => line.split(' ')[0]);
    const locked = versions(read('requirements.lock'));
    for (const version of versions(read('requirements.txt'))) expect(locked).toContain(version);
  });
});

describe('the trainer’s environment', () => {
  it('is created once, with PyTorch’s CPU build', async () => {
    fakePython('3.12.1');
    expect(await prepare()).toEqual([
      "creating the trainer's environment with Python 3.12.1",
      expect.stringContaining("PyTorch's CPU build"),
    ]);
    const [uv, torch, rest] = log().slice(-3);
    expect(uv).toMatch(/-m pip install --quiet --require-hashes -r .*requirements-uv\.txt$/);
    expect(torch).toMatch(/-m uv pip install .*--no-deps --torch-backend cpu torch==.* torch==/);
    expect(rest).toMatch(/-m uv pip install .*--require-hashes -r .*requirements-cpu\.lock$/);
    const lock = readFileSync(join(folder, 'trainer/requirements-cpu.lock'), 'utf8');
    expect(lock).toContain('\nnumpy==');
    expect(lock).not.toMatch(/^(?:torch|nvidia-|cuda-|triton)/m);
    expect(isPrepared(join(folder, 'trainer'))).toBe(true);
    expect(await prepare()).toEqual([]);
  });

  it('has the default build if PyTorch’s own index is unreachable', async () => {
    fakePython('3.12.1', '--torch-backend');
    expect((await prepare()).at(-1)).toContain('downloading the default build instead');
    expect(log().at(-1)).toMatch(/--require-hashes -r .*requirements\.lock$/);
    expect(isPrepared(join(folder, 'trainer'))).toBe(true);
  });

  it('is not used after a failed step, which the error names', async () => {
    fakePython('3.12.1', 'requirements-uv.txt');
    await expect(prepare()).rejects.toMatchObject({
      code: 'BRICK_TRAINER_NOT_PREPARED',
      message: expect.stringMatching(/^pip install uv failed with the output "no network/),
    });
    expect(isPrepared(join(folder, 'trainer'))).toBe(false);
    fakePython('3.12.1');
    expect(await prepare()).toHaveLength(2);
  });

  it('is replaced when the requirements have changed', async () => {
    fakePython('3.12.1');
    await prepare();
    writeFileSync(join(folder, 'trainer/ready'), 'other requirements');
    const old = join(folder, 'trainer/venv/old');
    writeFileSync(old, '');
    expect(await prepare()).toHaveLength(2);
    expect(existsSync(old)).toBe(false);
  });
});
