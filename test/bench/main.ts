import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { writeSection } from './harness/benchmarks-page.ts';
import { type Figure, type Group, rounded } from './harness/figures-and-interleaved-rounds.ts';

const GROUPS: Readonly<Record<string, () => Promise<{ readonly bench: Group }>>> = {
  universe: () => import('./universe/bench-generation-against-t-recs.ts'),
  collection: () => import('./collection/bench.ts'),
  features: () => import('./features/bench-training-sets-joins-and-point-reads.ts'),
  serving: () => import('./serving/bench-throughput-and-latency.ts'),
  cache: () => import('./cache/bench-serving-with-failing-redis.ts'),
  'cold-start': () => import('./cold-start/bench.ts'),
  training: () => import('./training/bench-quality-and-time-against-recbole.ts'),
  'closed-loop': () => import('./closed-loop/measure-lift-and-oracle-share.ts'),
  gate: () => import('./gate/bench-wrong-and-right-promotions.ts'),
  mixes: () => import('./mixes/bench-random-mixes-of-seams.ts'),
  'features-large': () => import('./features/bench-hundred-million-event-training-set.ts'),
  'training-large': () => import('./training/train-on-ten-million-plays.ts'),
  'training-gpu': () => import('./training/gpu-training.ts'),
};
/** Groups that run only by name: they take 15 to 60 minutes and up to 40 GB of disk. */
const LARGE = ['closed-loop', 'gate', 'features-large', 'training-large', 'training-gpu'];
const USAGE = `npm run bench -- GROUP … [--json] [--quick]

Measures our code and its baseline in interleaved rounds, and prints a table.

  GROUP     ${Object.keys(GROUPS).join(', ')}; or all except the large ones
  --json    print one line of JSON per figure
  --page F  replace the figures in the Markdown page F
  --quick   use small sizes and few rounds, only to test the bench itself
`;
const GIBI = 2 ** 30;
const BAD_USAGE = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
    page: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const all = Object.keys(GROUPS).filter((name) => !LARGE.includes(name));
const wanted = positionals.includes('all') ? all : positionals;
const unknown = wanted.filter((name) => !(name in GROUPS));
if (values.help) process.stdout.write(USAGE);
else if (wanted.length === 0 || unknown.length > 0) {
  process.stderr.write(`${unknown.length > 0 ? `Unknown group: ${unknown.join(', ')}.\n\n` : ''}${USAGE}`);
  process.exitCode = BAD_USAGE;
} else await run();

async function run(): Promise<void> {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model}, ${Math.round(totalmem() / GIBI)} GiB, Node ${process.version}`;
  process.stderr.write(`${machine}\n`);
  for (const name of wanted) {
    process.stderr.write(`${name}\n`);
    const group = await GROUPS[name]?.();
    const figures: Figure[] = [];
    for await (const figure of group?.bench({ quick: values.quick ?? false }) ?? []) {
      figures.push(figure);
      process.stdout.write(`${values.json ? JSON.stringify(figure) : row(figure)}\n`);
    }
    if (values.page) writeSection(values.page, { group: name, machine, day: today(), commit: commit(), figures });
  }
}

function today(): string {
  return new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
}

function commit(): string {
  return spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim() || 'unknown';
}

function row({ bench, value, unit, peer, ratio, target, met }: Figure): string {
  const baseline = peer ? `${peer.name} ${rounded(peer.value)}, ratio ${rounded(ratio ?? Number.NaN)}` : '';
  const result = target ? `${met ? 'met' : 'NOT MET'} (${target})` : '';
  return [bench.padEnd(36), `${rounded(value)} ${unit}`.padEnd(26), baseline.padEnd(40), result].join(' ').trimEnd();
}
