import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import type { Figure, Group } from './figure.ts';

const GROUPS: Readonly<Record<string, () => Promise<{ readonly bench: Group }>>> = {
  universe: () => import('./universe/bench.ts'),
};
const USAGE = `npm run bench -- GROUP … [--json] [--quick]

Runs the real thing next to its peer, in interleaved rounds, and prints a table.

  GROUP     ${Object.keys(GROUPS).join(', ')}, or all
  --json    one line of JSON per figure on stdout
  --quick   small sizes and few rounds: to see that it runs; its figures mean nothing
`;
const GIBI = 2 ** 30;
const BAD_USAGE = 2;
const DIGITS = 4;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});
const wanted = positionals.includes('all') ? Object.keys(GROUPS) : positionals;
const unknown = wanted.filter((name) => !(name in GROUPS));
if (values.help) process.stdout.write(USAGE);
else if (wanted.length === 0 || unknown.length > 0) {
  process.stderr.write(`${unknown.length > 0 ? `There is no group ${unknown.join(', ')}.\n\n` : ''}${USAGE}`);
  process.exitCode = BAD_USAGE;
} else await run();

async function run(): Promise<void> {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model}, ${Math.round(totalmem() / GIBI)} GiB, Node ${process.version}`;
  process.stderr.write(`${machine}\n`);
  for (const name of wanted) {
    process.stderr.write(`${name}\n`);
    const group = await GROUPS[name]?.();
    for await (const figure of group?.bench({ quick: values.quick ?? false }) ?? []) {
      process.stdout.write(`${values.json ? JSON.stringify(figure) : row(figure)}\n`);
    }
  }
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: DIGITS });
}

function row({ bench, value, unit, peer, ratio, target, met }: Figure): string {
  const beside = peer ? `${peer.name} ${number(peer.value)}, ratio ${number(ratio ?? Number.NaN)}` : '';
  const judged = target ? `${met ? 'met' : 'NOT MET'} (${target})` : '';
  return [bench.padEnd(36), `${number(value)} ${unit}`.padEnd(26), beside.padEnd(40), judged].join(' ').trimEnd();
}
