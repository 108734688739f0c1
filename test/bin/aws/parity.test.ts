import { describe, expect, it } from 'vitest';
import { aliasKey } from '#domain/models/model-versions.ts';
import { parityOf } from '../../../bin/commands/aws/parity.ts';
import { embeddedWorld } from '../../../bin/parity/embedded-world.ts';
import { scenario } from '../../../bin/parity/parity-requests.ts';
import type { World } from '../../../bin/parity/parity-world.ts';
import { screen } from '../test-terminal.ts';

const SEED = 1;
const NOW = Date.UTC(2026, 0, 31);

/** Compares an embedded world with another one. */
async function found(other: () => Promise<World>) {
  const { terminal, stdout } = screen();
  const status = await parityOf([() => embeddedWorld('one'), other], { seed: SEED, json: true }, terminal);
  return { status, ...(JSON.parse(stdout()) as { values: number; differences: { where: string }[]; counts: Counts }) };
}
type Counts = Record<string, Record<string, number>>;

const broken = async (change: (world: World) => Partial<World>): Promise<World> => {
  const world = await embeddedWorld('broken');
  return { ...world, ...change(world) };
};
const parts = (differences: readonly { where: string }[]) => [
  ...new Set(differences.map(({ where }) => where.split('.')[0])),
];

describe('parity', () => {
  it('replays the same bodies for the same seed and time', () => {
    expect(scenario(SEED, NOW)).toEqual(scenario(SEED, NOW));
    expect(scenario(SEED, NOW).batches).not.toEqual(scenario(SEED + 1, NOW).batches);
  });

  it('finds no difference between two equal worlds, and compares many values', async () => {
    const { status, differences, values, counts } = await found(() => embeddedWorld('two'));
    expect({ status, differences }).toEqual({ status: 0, differences: [] });
    expect(values).toBeGreaterThan(5_000);
    expect(counts.one).toEqual({
      accepted: 438,
      duplicates: 41,
      rejected: 4,
      // One user is in the holdback group.
      slatesByModel: 23,
      slatesDegraded: 0,
      eventsInLake: 438,
      exposuresInLake: 24,
      deadLetters: 4,
    });
    expect(counts.two).toEqual(counts.one);
  });

  it('finds a world whose consumers do not run', async () => {
    const { status, differences } = await found(() => broken(() => ({ settle: async () => {} })));
    expect(status).toBe(1);
    expect(parts(differences)).toEqual(expect.arrayContaining(['counts', 'lake', 'users', 'popularity', 'slates']));
  });

  it('finds slates of another policy', async () => {
    const { status, differences } = await found(() =>
      broken((world) => ({ stores: { ...world.stores, registry: registryWithoutChampion(world) } })),
    );
    expect(status).toBe(1);
    // The counts include the number of slates by the model.
    expect(parts(differences)).toEqual(['counts', 'slates']);
  });

  it('finds one wrong feature value of one user', async () => {
    const { differences } = await found(() =>
      broken((world) => ({ stores: { ...world.stores, features: withOneWrong(world) } })),
    );
    expect(differences).toEqual([{ where: 'users.parity-u-3.features.playsTotal', here: 12, there: 13 }]);
  });
});

/** Returns a registry that never stores the champion. */
function registryWithoutChampion({ stores: { registry } }: World): World['stores']['registry'] {
  const put: typeof registry.put = async (key, item, options) =>
    key.pk === aliasKey('champion').pk ? true : registry.put(key, item, options);
  return { ...registry, put };
}

function withOneWrong({ stores: { features } }: World): World['stores']['features'] {
  return {
    ...features,
    get: async <Item>(key: Parameters<typeof features.get>[0]) => {
      const item = await features.get<Item>(key);
      if (key.pk !== 'user#parity-u-3' || key.sk !== 'features') return item;
      const made = item as { features: { playsTotal: number } };
      return { ...made, features: { ...made.features, playsTotal: made.features.playsTotal + 1 } } as Item;
    },
  };
}
