import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aliasKey } from '#domain/models/model-registry-items.ts';
import { parityOf } from '../../../bin/commands/aws/compare-embedded-with-emulated.ts';
import { scenario } from '../../../bin/parity/generate-parity-requests.ts';
import { embeddedWorld } from '../../../bin/parity/open-embedded-world.ts';
import type { World } from '../../../bin/parity/replayable-deployment-types.ts';
import { screen } from '../../support/recording-terminal.ts';

const SEED = 1;
const NOW = Date.UTC(2026, 0, 31);

/** Compares an embedded world with another world. */
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

it('prints the counts of both worlds and the differences', async () => {
  const text = async (other: () => Promise<World>) => {
    const { terminal, stdout, stderr } = screen();
    await parityOf([() => embeddedWorld('one'), other], { seed: SEED }, terminal);
    return { stdout: stdout(), stderr: stderr() };
  };
  const equal = await text(() => embeddedWorld('two'));
  expect(equal.stderr).toContain('two: consumers, features, a champion');
  expect(equal.stdout).toMatch(
    /^one: accepted 438, duplicates 41, .*\ntwo: accepted 438, .*\nEqual: [\d,]+ values of counts/,
  );
  const different = await text(() => broken(() => ({ settle: async () => {} })));
  expect(different.stdout).toMatch(/\n\d+ of \d+ values differ \(one ≠ broken\):\n {2}counts\.\w+: \d+ ≠ \d+\n/);
  expect(different.stdout).toMatch(/\n {2}… and \d+ more; --json prints all of them$/);
});

it('stops at a world that rejects a request', async () => {
  const server = createServer((_, response) => response.writeHead(503).end('maintenance')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const down = async () => ({ ...(await embeddedWorld('down')), baseUrl: `http://127.0.0.1:${port}` });
  const replayed = parityOf([down, () => embeddedWorld('two')], { seed: SEED }, screen().terminal);
  await expect(replayed).rejects.toThrow(
    'the down world returned HTTP status 503 for /v1/events: maintenance. Fix this error first, because `agentbricks parity` can compare the worlds only if every request succeeds.',
  );
  server.close();
});

/** Returns a registry that ignores each write of the alias champion. */
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
