import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { run } from '../process/run-process.ts';
import { writeAtomic } from '../storage/write-atomically-and-read-json.ts';

/** Folder of the trainer's Python package. */
export const TRAINER_PACKAGE = join(import.meta.dirname, '../../../functions/model-training/trainer');
/** Oldest Python version that the trainer supports. */
export const OLDEST_PYTHON = [3, 10] as const;
/** Disk space of the environment, bytes. PyTorch's default wheels include CUDA. */
export const TRAINER_BYTES = 8e9;

const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];
const WINDOWS = process.platform === 'win32';
/** Seconds to wait for PyTorch's own package index, which some networks block. */
const CPU_INDEX_TIMEOUT = '10';

export class NoPython extends BrickError {
  override readonly code = 'BRICK_NO_PYTHON';
  constructor() {
    super({
      what: `no Python ${OLDEST_PYTHON.join('.')} or later was found`,
      why: 'the trainer is a Python program; without it, no model is trained, and all users get popular titles',
      fix: `Install Python ${OLDEST_PYTHON.join('.')} or later with its venv module (on Debian: python3-venv), then start again`,
    });
  }
}

export class TrainerNotPrepared extends BrickError {
  override readonly code = 'BRICK_TRAINER_NOT_PREPARED';
  constructor(step: string, tail: readonly string[]) {
    super({
      what: `${step} failed with the output "${tail.slice(-3).join(' ').trim()}"`,
      why: 'the package index is unreachable, the disk is full, or Python lacks a module',
      fix: 'Fix the cause and start again. Until then, no model is trained, and all users get popular titles',
    });
  }
}

export interface PrepareOptions {
  /** Folder of the environment. */
  readonly folder: string;
  readonly onStep: (step: string) => void;
  readonly signal?: AbortSignal;
}

/** Finds the first Python that is new enough. @returns its path and version @throws NoPython */
export async function findPython(): Promise<{ readonly path: string; readonly version: string }> {
  for (const path of NAMES) {
    const ended = await run(path, ['-c', 'import sys, venv; print("%d.%d.%d" % sys.version_info[:3])']).catch(
      () => undefined,
    );
    const version = ended?.status === 0 ? ended.stdout.trim() : '';
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]) return { path, version };
  }
  throw new NoPython();
}

const pythonOf = (folder: string) => join(folder, 'venv', WINDOWS ? 'Scripts/python.exe' : 'bin/python');

/** Whether the environment is complete and matches the current requirements. */
export function isPrepared(folder: string): boolean {
  const marker = join(folder, 'ready');
  return existsSync(marker) && existsSync(pythonOf(folder)) && readFileSync(marker, 'utf8') === requirementsHash();
}

const requirementsHash = () =>
  createHash('sha256')
    .update(readFileSync(join(TRAINER_PACKAGE, 'requirements.txt')))
    .digest('hex');

/**
 * Prepares the trainer's virtual environment once. An incomplete one is replaced.
 *
 * @returns absolute path of its Python, because the trainer runs in another folder
 * @throws NoPython, TrainerNotPrepared, or FolderInUse while another process prepares it
 */
export async function prepareTrainer({ folder, onStep, signal }: PrepareOptions): Promise<string> {
  const python = resolve(pythonOf(folder));
  if (isPrepared(folder)) return python;
  const found = await findPython();
  mkdirSync(folder, { recursive: true });
  const lock = lockFolder(folder);
  try {
    rmSync(join(folder, 'venv'), { recursive: true, force: true });
    onStep(`creating the trainer's environment with Python ${found.version}`);
    await step('python -m venv', found.path, ['-m', 'venv', join(folder, 'venv')], { signal });
    const uv = ['--require-hashes', '-r', join(TRAINER_PACKAGE, 'requirements-uv.txt')];
    await step('pip install uv', python, ['-m', 'pip', 'install', '--quiet', ...uv], { signal });
    await installRequirements(python, { folder, onStep, signal });
    writeAtomic(join(folder, 'ready'), Buffer.from(requirementsHash()));
    return python;
  } finally {
    lock.release();
  }
}

/**
 * Installs PyTorch's CPU build if its index is reachable, otherwise the default one. All packages must have the hashes of
 * requirements.lock, except PyTorch's CPU build, which comes from PyTorch's own index.
 */
async function installRequirements(python: string, { folder, onStep, signal }: PrepareOptions): Promise<void> {
  const install = ['-m', 'uv', 'pip', 'install', '--python', python];
  const locked = (lock: string) => [...install, '--require-hashes', '-r', lock];
  onStep("downloading PyTorch's CPU build and its dependencies, about 400 MB");
  const env = { UV_HTTP_TIMEOUT: CPU_INDEX_TIMEOUT, UV_HTTP_RETRIES: '0' };
  const torch = readFileSync(join(TRAINER_PACKAGE, 'requirements.txt'), 'utf8').match(/^torch==.*$/gm) ?? [];
  const small = await run(python, [...install, '--no-deps', '--torch-backend', 'cpu', ...torch], { env, signal });
  if (small.status === 0) {
    const lock = join(folder, 'requirements-cpu.lock');
    writeFileSync(lock, withoutCuda(readFileSync(LOCK, 'utf8')));
    await step('the download of the packages', python, locked(lock), { signal });
    return;
  }
  onStep("PyTorch's own index is unreachable: downloading the default build instead, about 3 GB (5.6 GB on disk)");
  await step('the download of PyTorch', python, locked(LOCK), { signal });
}

/** Exact versions and hashes of all packages, with PyTorch's default build. */
const LOCK = join(TRAINER_PACKAGE, 'requirements.lock');
/** PyTorch, and the packages that only its default build needs. */
const CUDA = /^(?:torch|triton|cuda-[\w-]+|nvidia-[\w-]+)==/;

/** Returns a lock file without PyTorch and CUDA. A package is a line with its version, and lines with its hashes. */
const withoutCuda = (lock: string): string =>
  lock
    .split(/\n(?=\S)/)
    .filter((entry) => !CUDA.test(entry))
    .join('\n');

async function step(name: string, program: string, args: readonly string[], options: { signal?: AbortSignal }) {
  const { status, tail } = await run(program, args, options);
  if (status !== 0) throw new TrainerNotPrepared(name, tail);
}
