import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '#domain/models/model-manifest.ts';
import { recommend } from '../../../bin/commands/city/request-slate-from-stored-world.ts';
import { pipeline } from '../../../bin/commands/city/run-pipeline.ts';
import { importCommand } from '../../../bin/commands/lake/import-movielens-through-collector.ts';
import type { Terminal } from '../../../bin/console/terminal.ts';
import type { ImportSummary } from '../../../localstack/embedded/import/import-movielens.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { movieLens100K } from './download-movielens-100k.ts';

const MINUTES = 60_000;
const IMPORT_WITHIN = 10 * MINUTES;
const TRAIN_WITHIN = 8 * MINUTES;
const python = await hasPython();

const data = await movieLens100K();
if ('missing' in data && process.env.CI === 'true') throw new Error(data.missing);
const folder = 'folder' in data ? data.folder : '';
const why = 'missing' in data ? `, skipped: ${data.missing}` : '';

/** Records a command's output. */
function recorder() {
  const [out, said]: string[][] = [[], []];
  const terminal: Terminal = {
    out: (line) => void out?.push(line),
    say: (line) => void said?.push(line),
    progress: () => {},
    bold: (text) => text,
  };
  return { terminal, out: () => out ?? [], said: () => said ?? [] };
}

describe.skipIf(folder === '')(`MovieLens-100K as an imported world${why}`, () => {
  let home: string;
  let first: ImportSummary;
  const options = () => ({ home, world: 'movielens', onError: 'stop', json: true }) as const;
  const imported = async () => {
    const { terminal, out } = recorder();
    expect(await importCommand(folder, options(), terminal)).toBe(0);
    return JSON.parse(out().join('')) as ImportSummary;
  };
  const recommended = async (user: string) => {
    const { terminal, out } = recorder();
    expect(await recommend({ home, user, k: 10, json: true }, terminal)).toBe(0);
    return JSON.parse(out().join('')) as {
      world: string;
      policy: string;
      knownUser: boolean;
      seen: number;
      items: { name: string; year: number; genres: string[]; source: string }[];
    };
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentbricks-movielens-'));
    first = await imported();
  }, IMPORT_WITHIN);
  afterAll(() => rm(home, { recursive: true, force: true }));

  it('contains every user, title and rating', () => {
    expect(first).toMatchObject({ users: 943, titles: 1682, ratings: 100_000, repeatedLines: 0 });
    expect(first.events).toEqual({ accepted: 943 + 1682 + 2 * 100_000, alreadyThere: 0, refused: 0 });
    expect(new Date(first.from).toISOString()).toBe('1997-09-20T03:05:10.000Z');
  });

  it('recommends popular, unseen titles with names and genres before a model is trained', async () => {
    const { world, policy, knownUser, seen, items } = await recommended('196');
    expect({ world, policy, knownUser, seen }).toEqual({
      world: 'movielens',
      policy: 'popular',
      knownUser: true,
      seen: 39,
    });
    expect(items).toHaveLength(10);
    const popular = items.filter(({ source }) => source === 'popular').map(({ name }) => name);
    expect(popular.some((name) => ['Star Wars', 'Contact', 'Fargo', 'Return of the Jedi'].includes(name))).toBe(true);
    expect(items.every(({ year, genres }) => year > 1900 && genres.length > 0)).toBe(true);
  });

  it('reports that a user is unknown', async () => {
    const { knownUser, items } = await recommended('nobody');
    expect({ knownUser, titles: items.length }).toEqual({ knownUser: false, titles: 10 });
  });

  it.skipIf(!python)(
    'trains a model that ranks real users’ next films better than popularity',
    async () => {
      await symlink(await sharedTrainer(), join(home, 'trainer'));
      const { terminal, out } = recorder();
      expect(await pipeline({ home, seed: 1, leaveOneOut: true, json: true }, terminal)).toBe(0);
      const { evaluate } = (JSON.parse(out().join('')) as { output: { evaluate: Pick<Manifest, 'metrics'> } }).output;
      const of = (protocol: string, who: string) => evaluate.metrics[protocol]?.[who]?.['ndcg@10'];
      expect(of('globalTime', 'candidate')?.value).toBeGreaterThan(0.1);
      expect(of('leaveOneOut', 'candidate')?.low).toBeGreaterThan(of('leaveOneOut', 'popular')?.high ?? 1);
    },
    TRAIN_WITHIN,
  );
});
