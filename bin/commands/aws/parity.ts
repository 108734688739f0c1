import type { Terminal } from '../../console/terminal.ts';
import { type Difference, differences, valuesIn } from '../../parity/differences.ts';
import { embeddedWorld } from '../../parity/embedded-world.ts';
import { scenario } from '../../parity/parity-requests.ts';
import type { World } from '../../parity/parity-world.ts';
import { type Outcome, replay } from '../../parity/replay-requests.ts';

export interface ParityOptions {
  readonly seed: number;
  readonly json?: boolean;
}

type OpenWorld = (onStep: (step: string) => void) => Promise<World>;

const SHOWN = 20;
const MINUTE = 60_000;

/** The embedded runtime and every stack on an emulated AWS: one after the other, the same scenario on each. */
export async function parity(options: ParityOptions, terminal: Terminal): Promise<number> {
  const { emulatedWorld } = await import('../../parity/emulated-world.ts');
  return parityOf([() => embeddedWorld(), emulatedWorld], options, terminal);
}

/** @returns 1 when the two worlds differ @throws ReplayRefused */
export async function parityOf(
  [first, second]: readonly [OpenWorld, OpenWorld],
  { seed, json }: ParityOptions,
  terminal: Terminal,
): Promise<number> {
  const { fixtureModel } = await import('../../parity/fixture-model.ts');
  const model = fixtureModel();
  const lived = scenario(seed, Math.floor(Date.now() / MINUTE) * MINUTE);
  const replayed = async (open: OpenWorld): Promise<{ name: string; outcome: Outcome }> => {
    await using world = await open(terminal.say);
    return { name: world.name, outcome: await replay(world, lived, model, terminal.say) };
  };
  const [here, there] = [await replayed(first), await replayed(second)];
  const found = differences(here.outcome, there.outcome);
  const values = valuesIn(here.outcome);
  const counts = { [here.name]: here.outcome.counts, [there.name]: there.outcome.counts };
  if (json) terminal.out(JSON.stringify({ seed, equal: found.length === 0, values, counts, differences: found }));
  else for (const line of verdict(here, there, values, found)) terminal.out(line);
  return found.length === 0 ? 0 : 1;
}

interface Named {
  readonly name: string;
  readonly outcome: Outcome;
}

function verdict(here: Named, there: Named, values: number, found: readonly Difference[]): string[] {
  const counted = ({ name, outcome }: Named) =>
    `${name}: ${Object.entries(outcome.counts)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ')}`;
  return [
    counted(here),
    counted(there),
    ...(found.length === 0
      ? [`Equal: ${values.toLocaleString('en-US')} values of counts, lake, features and slates.`]
      : [
          `${found.length} of ${values} values differ (${here.name} ≠ ${there.name}):`,
          ...found.slice(0, SHOWN).map(line),
        ]),
    ...(found.length > SHOWN ? [`  … and ${found.length - SHOWN} more: --json has all of them`] : []),
  ];
}

const line = ({ where, here, there }: Difference) => `  ${where}: ${String(here)} ≠ ${String(there)}`;
