import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { pythonEnvironment } from '../../../localstack/servers/create-peer-virtualenv.ts';
import {
  atLeast,
  atMost,
  figure,
  type Group,
  interleaved,
  progress,
  rounded,
  type Target,
} from '../harness/figures-and-interleaved-rounds.ts';
import { onCore, ownServer, reportPinning, type Serve, uvicornServer } from '../harness/pinned-server.ts';
import { type ModelAndWorld, prepareModelAndWorld } from './prepare-model-and-world.ts';

/** Measurements of one load. */
export interface Load {
  /** Slates per second. */
  readonly perSecond: number;
  /** Latency at that load, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Failed requests: rejected, disconnected or without a complete response in time. */
  readonly failed: number;
  /** Number of failures by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly requests: number;
}

/** The users of the requests, the connections, and the requests per second. @default `rate` - as many as possible */
export interface Shape {
  readonly first: number;
  readonly users: number;
  readonly connections: number;
  readonly rate?: number;
}
export const WARM: Shape = { first: 0, users: 5_000, connections: 8 };
export const MOST: Shape = { first: 5_000, users: 55_000, connections: 32 };
const STEADY: Shape = { first: 60_000, users: 40_000, connections: 16, rate: 500 };
/** Load from users whose rankings are in the cache. */
const REPEATED: Shape = { first: 0, users: 1_000, connections: 32 };

const ROUNDS = 3;
const SECONDS = 12;
const WARM_UP = 4;
/** Seconds after which a request without a complete response counts as failed. */
const PATIENCE = 10;
const HERE = import.meta.dirname;
const MIN_SPEED_UP = 3;

const ratioAtLeast = (least: number): Target => ({
  text: `ratio >= ${least}`,
  met: (_, ratio) => ratio !== undefined && ratio >= least,
});

/**
 * Measures brick 04 with 50,000 titles, 100,000 users, 64 dimensions, 200 nearest candidates and 20 titles per slate.
 */
export const bench: Group = async function* ({ quick }) {
  const python = await pythonEnvironment('serving', join(HERE, 'requirements.txt'));
  reportPinning();
  const made = await prepareModelAndWorld();
  const [rounds, seconds] = quick ? [1, 3] : [ROUNDS, SECONDS];
  const { ours, peer } = await interleaved(rounds, {
    peer: () => loads(fastApi(python, made), seconds, false),
    ours: () => loads(() => ownServer(join(HERE, 'server.ts'), made.world), seconds, true),
  });
  const name = 'FastAPI + faiss-cpu + onnxruntime';
  const of = (shape: keyof Loads, what: keyof Pick<Load, 'perSecond' | 'p50' | 'p99'>) => ({
    rounds: ours.map((loads) => loads[shape][what]),
    peer: { name, rounds: peer.map((loads) => loads[shape][what]) },
  });
  yield figure({
    bench: 'serving.most',
    unit: 'slates/s',
    ...of('most', 'perSecond'),
    target: ratioAtLeast(MIN_SPEED_UP),
  });
  yield figure({ bench: 'serving.at-500-p50', unit: 'ms', ...of('steady', 'p50'), target: atMost(1) });
  yield figure({ bench: 'serving.at-500-p99', unit: 'ms', ...of('steady', 'p99'), target: atMost(5) });
  const cached = { rounds: of('repeated', 'perSecond').rounds };
  yield figure({ bench: 'serving.from-the-cache', unit: 'slates/s', ...cached, target: atLeast(15_000) });
};

interface Loads {
  readonly most: Load;
  readonly steady: Load;
  readonly repeated: Load;
}

/**
 * Runs one round in a new process: a warm-up, two loads that request each user only once, and one that is served from
 * the cache.
 */
async function loads(serve: Serve, seconds: number, fromCache: boolean): Promise<Loads> {
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-bench-serving-'));
  const server = await serve(folder);
  try {
    await load(server.url, WARM, WARM_UP);
    const most = await load(server.url, MOST, seconds);
    const steady = await load(server.url, STEADY, seconds);
    if (fromCache) await load(server.url, REPEATED, WARM_UP);
    const repeated = fromCache ? await load(server.url, REPEATED, seconds) : most;
    return { most, steady, repeated };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Measures one load, in which no request may fail. @throws if one does */
export async function load(url: string, shape: Shape, seconds: number): Promise<Load> {
  const measured = await measureLoad(url, shape, seconds);
  const { failed, reasons } = measured;
  if (failed > 0) throw new Error(`${failed} requests were rejected or disconnected: ${JSON.stringify(reasons)}`);
  return measured;
}

/** Measures one load, and counts failed requests. @param patience maximum seconds for a response at a fixed rate */
export async function measureLoad(
  url: string,
  { first, users, connections, rate }: Shape,
  seconds: number,
  patience = PATIENCE,
): Promise<Load> {
  const script = join(HERE, rate === undefined ? 'send-requests-without-rate-limit.ts' : 'fixed-rate-load.ts');
  const args = [script, url, first, users, rate ?? connections, seconds, patience].map(String);
  const [program = '', ...rest] = onCore(1, process.execPath, ...args);
  const { status, stdout, tail } = await run(program, rest);
  if (status !== 0) throw new Error(`the load generator failed: ${tail.join('\n')}`);
  const measured = JSON.parse(stdout) as Load;
  const { perSecond, p50, p99, requests, failed } = measured;
  progress(
    `${rate ?? 'most'}: ${Math.round(perSecond)} slates/s, P50 ${rounded(p50)} ms, P99 ${rounded(p99)} ms, ${requests} requests, ${failed} failed`,
  );
  return measured;
}

const fastApi =
  (python: string, { world, model }: ModelAndWorld): Serve =>
  (folder) =>
    uvicornServer(python, join(HERE, 'fastapi_baseline.py'), world, model, join(folder, 'log.sqlite'));
