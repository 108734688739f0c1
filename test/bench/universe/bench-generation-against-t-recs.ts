import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Generated } from '../../../localstack/embedded/studies/generate/generate-shards.ts';
import { pythonEnvironment } from '../../../localstack/servers/create-peer-virtualenv.ts';
import {
  atLeast,
  atMost,
  type Figure,
  figure,
  type Group,
  interleaved,
} from '../harness/figures-and-interleaved-rounds.ts';
import { twinsGain } from './measure-variance-reduction-by-twins.ts';

const ROUNDS = 5;
const MEGA = 2 ** 20;
const KIBI = 1_024;
/** Number of worker threads for which the targets are defined. */
const WORKERS = '2';

interface Run {
  readonly eventsPerSecond: number;
  readonly sessionsPerSecond: number;
  /** Peak memory, MiB. */
  readonly peak: number;
  readonly hash: string;
}

/** Measures brick 00, `agentbricks universe generate`, in a separate process, and compares it with T-RECS. */
export const bench: Group = async function* ({ quick }) {
  const agents = quick ? 20_000 : 1_000_000;
  const rounds = quick ? 1 : ROUNDS;
  const python = await pythonEnvironment('universe', join(import.meta.dirname, 'requirements.txt'), ['--no-deps']);
  const { memory, parquet, peer } = await interleaved(rounds, {
    peer: () => simulateWithTrecs(python, quick ? 500 : 5_000),
    memory: () => generate(agents, '--days', quick ? '1' : '3'),
    parquet: () => intoFolder((folder) => generate(agents, '--days', '1', '--out', folder)),
  });
  yield figure({
    bench: 'universe.sessions',
    unit: 'sessions/s',
    rounds: memory.map(({ sessionsPerSecond }) => sessionsPerSecond),
    peer: { name: 'T-RECS', rounds: peer },
  });
  yield rate('universe.events-in-memory', memory, 1_000_000);
  yield rate('universe.events-to-parquet', parquet, 150_000);
  const peak = (runs: readonly Run[]) => runs.map((run) => run.peak);
  yield figure({ bench: 'universe.memory-of-a-million', unit: 'MiB', rounds: peak(memory), target: atMost(1_500) });
  yield figure({ bench: 'universe.memory-with-parquet', unit: 'MiB', rounds: peak(parquet), target: atMost(1_500) });
  yield figure({
    bench: 'universe.hashes-that-differ',
    unit: 'hashes',
    rounds: [new Set(memory.map(({ hash }) => hash)).size - 1],
    target: atMost(0),
  });
  yield* twinsGain(quick ? 2_000 : 20_000);
};

const rate = (bench: string, runs: readonly Run[], target: number): Figure =>
  figure({ bench, unit: 'events/s', rounds: runs.map((run) => run.eventsPerSecond), target: atLeast(target) });

/** Runs the command, which reports its duration. GNU time measures its memory. */
function generate(agents: number, ...args: readonly string[]): Run {
  const command = ['universe', 'generate', '--agents', String(agents), '--workers', WORKERS, '--json', ...args];
  const program = [process.execPath, resolve('bin/agentbricks.ts')];
  const { stdout, stderr, status } = spawnSync('/usr/bin/time', ['-f', '%M', ...program, ...command], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`agentbricks ${command.join(' ')} failed: ${stderr}`);
  const { events, sessions, seconds, hash } = JSON.parse(stdout) as Generated;
  const peak = (Number(stderr.trim()) * KIBI) / MEGA;
  return { eventsPerSecond: events / seconds, sessionsPerSecond: sessions / seconds, peak, hash };
}

/** Runs T-RECS with fewer users than ours, because its cost per user does not depend on their number. */
function simulateWithTrecs(python: string, users: number): number {
  const { stdout, stderr, status } = spawnSync(
    python,
    [join(import.meta.dirname, 'trecs_baseline.py'), String(users)],
    {
      encoding: 'utf8',
      // T-RECS writes a log into the current folder.
      cwd: tmpdir(),
    },
  );
  if (status !== 0) throw new Error(`T-RECS failed: ${stderr}`);
  return (JSON.parse(stdout) as { sessionsPerSecond: number }).sessionsPerSecond;
}

function intoFolder<Result>(work: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-bench-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
