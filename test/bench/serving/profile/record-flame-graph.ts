import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownServer } from '../../harness/pinned-server.ts';
import { load, MOST, WARM } from '../bench-throughput-and-latency.ts';
import { prepareModelAndWorld } from '../prepare-model-and-world.ts';
import { flameGraph } from './flame-graph.ts';

/** Profiles the server under full load: `node test/bench/serving/profile/record-flame-graph.ts FILE.svg`. */
const [out = ''] = process.argv.slice(2);
const SECONDS = 8;
const WARM_UP = 4;
const LOOK_AGAIN_MS = 100;
if (!out.endsWith('.svg'))
  throw new Error('pass the SVG file: node test/bench/serving/profile/record-flame-graph.ts docs/images/serving.svg');
const folder = mkdtempSync(join(tmpdir(), 'agentbricks-flame-'));
const file = join(folder, 'profile.json');
const server = await ownServer(
  join(import.meta.dirname, 'profiled-server.ts'),
  (await prepareModelAndWorld()).world,
  file,
);
try {
  await load(server.url, WARM, WARM_UP);
  process.kill(server.pid, 'SIGUSR2');
  const { perSecond } = await load(server.url, MOST, SECONDS);
  process.kill(server.pid, 'SIGUSR2');
  while (!existsSync(file)) await sleep(LOOK_AGAIN_MS);
  const title = `Main thread at ${Math.round(perSecond)} slates per second (with the profiler), each user requested once`;
  writeFileSync(out, flameGraph(JSON.parse(readFileSync(file, 'utf8')), title));
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}
