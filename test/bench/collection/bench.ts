import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_BATCH } from '#domain/events/collect-and-recommend-contract.ts';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { pythonEnvironment } from '../../../localstack/servers/create-peer-virtualenv.ts';
import { atLeast, figure, type Group, interleaved, progress } from '../harness/figures-and-interleaved-rounds.ts';
import { onCore, ownServer, reportPinning, type Serve, uvicornServer } from '../harness/pinned-server.ts';

/** Measurements of one load. */
export interface Load {
  /** Accepted requests per second. */
  readonly perSecond: number;
  /** Latency at that load, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Failed requests: rejected or disconnected. */
  readonly failed: number;
}

interface Shape {
  readonly events: number;
  readonly connections: number;
}
const SINGLE: Shape = { events: 1, connections: 128 };
const BATCH: Shape = { events: MAX_BATCH, connections: 8 };

const ROUNDS = 5;
const SECONDS = 8;
const WARM_UP = 3;
const HERE = import.meta.dirname;

/** Measures brick 01: the embedded runtime's HTTP server with a real disk. Events are durable before each response. */
export const bench: Group = async function* ({ quick }) {
  const python = await pythonEnvironment('collection', join(HERE, 'requirements.txt'));
  reportPinning();
  const [rounds, seconds] = quick ? [1, 2] : [ROUNDS, SECONDS];
  const contestant = (serve: Serve) => () => loads(serve, seconds);
  const { ours, peer } = await interleaved(rounds, { peer: contestant(fastApi(python)), ours: contestant(embedded) });
  const name = 'FastAPI + SQLite';
  const of = (all: typeof ours, shape: keyof Loads, what: keyof Load) => all.map((loads) => loads[shape][what]);
  const withBaseline = (shape: keyof Loads, what: keyof Load, scale = 1) => ({
    rounds: of(ours, shape, what).map((value) => value * scale),
    peer: { name, rounds: of(peer, shape, what).map((value) => value * scale) },
  });
  const single = withBaseline('single', 'perSecond');
  yield figure({ bench: 'collection.single', unit: 'requests/s', ...single, target: atLeast(4_000) });
  yield figure({ bench: 'collection.single-p99', unit: 'ms', ...withBaseline('single', 'p99') });
  const batch = withBaseline('batch', 'perSecond', MAX_BATCH);
  yield figure({ bench: 'collection.batch', unit: 'events/s', ...batch, target: atLeast(60_000) });
  yield figure({ bench: 'collection.batch-p99', unit: 'ms', ...withBaseline('batch', 'p99') });
};

interface Loads {
  readonly single: Load;
  readonly batch: Load;
}

/** Runs one round: a new server with an empty store, a warm-up, then both kinds of load. */
async function loads(serve: Serve, seconds: number): Promise<Loads> {
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-bench-collection-'));
  const server = await serve(folder);
  try {
    await load(server.url, 'warm-s', SINGLE, WARM_UP);
    const single = await load(server.url, 'single', SINGLE, seconds);
    await load(server.url, 'warm-b', BATCH, WARM_UP);
    const batch = await load(server.url, 'batch', BATCH, seconds);
    return { single, batch };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function load(url: string, prefix: string, { events, connections }: Shape, seconds: number): Promise<Load> {
  const args = [`${url}/v1/events`, prefix, events, connections, seconds].map(String);
  const [program = '', ...rest] = onCore(1, process.execPath, join(HERE, 'event-load.ts'), ...args);
  const { status, stdout, tail } = await run(program, rest);
  if (status !== 0) throw new Error(`the load generator failed: ${tail.join('\n')}`);
  const measured = JSON.parse(stdout) as Load;
  progress(`${prefix}: ${Math.round(measured.perSecond)} requests/s, P50 ${measured.p50} ms, P99 ${measured.p99} ms`);
  if (measured.failed > 0) throw new Error(`${measured.failed} requests were rejected or disconnected`);
  return measured;
}

const embedded: Serve = (folder) => ownServer(join(HERE, 'server.ts'), folder);

const fastApi =
  (python: string): Serve =>
  (folder) =>
    uvicornServer(python, join(HERE, 'fastapi_baseline.py'), join(folder, 'peer.sqlite'));
