import type { Terminal } from '../../console/terminal.ts';
import { type Difference, differences, valuesIn } from '../../parity/compare-outcomes.ts';
import { scenario } from '../../parity/generate-parity-requests.ts';
import { embeddedWorld } from '../../parity/open-embedded-world.ts';
import { type Outcome, replay } from '../../parity/replay-requests-and-read-stores.ts';
import type { World } from '../../parity/replayable-deployment-types.ts';

export interface ParityOptions {
  readonly seed: number;
  readonly json?: boolean;
}

type OpenWorld = (onStep: (step: string) => void) => Promise<World>;

/** Number of differences that are printed. */
const SHOWN = 20;
const MINUTE = 60_000;

/** Replays the same scenario on the embedded runtime and on an emulated AWS, and compares the results. */
export async function parity(options: ParityOptions, terminal: Terminal): Promise<number> {
  const { emulatedWorld } = await import('../../parity/deploy-or-open-emulated-world.ts');
  return parityOf([() => embeddedWorld(), emulatedWorld], options, terminal);
}

/** Replays a scenario on two worlds. @returns 1 if the results differ @throws ReplayFailed */
export async function parityOf(
  [first, second]: readonly [OpenWorld, OpenWorld],
  { seed, json }: ParityOptions,
  terminal: Terminal,
): Promise<number> {
  const { fixtureModel } = await import('../../parity/fixture-model.ts');
  const model = fixtureModel();
  const requests = scenario(seed, Math.floor(Date.now() / MINUTE) * MINUTE);
  const replayed = async (open: OpenWorld): Promise<Replayed> => {
    await using world = await open(terminal.say);
    return { name: world.name, outcome: await replay(world, requests, model, terminal.say) };
  };
  const [here, there] = [await replayed(first), await replayed(second)];
  const found = differences(here.outcome, there.outcome);
  const values = valuesIn(here.outcome);
  const counts = { [here.name]: here.outcome.counts, [there.name]: there.outcome.counts };
  if (json) terminal.out(JSON.stringify({ seed, equal: found.length === 0, values, counts, differences: found }));
  else for (const line of linesOf(here, there, values, found)) terminal.out(line);
  return found.length === 0 ? 0 : 1;
}

interface Replayed {
  readonly name: string;
  readonly outcome: Outcome;
}

function linesOf(here: Replayed, there: Replayed, values: number, found: readonly Difference[]): string[] {
  const counted = ({ name, outcome }: Replayed) =>
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
          ...found.slice(0, SHOWN).map(lineOf),
        ]),
    ...(found.length > SHOWN ? [`  … and ${found.length - SHOWN} more; --json prints all of them`] : []),
  ];
}

const lineOf = ({ where, here, there }: Difference) => `  ${where}: ${String(here)} ≠ ${String(there)}`;
