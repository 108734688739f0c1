import { MINUTE } from '#domain/core/time.ts';
import { isInCanary } from '#domain/experiments/canary-share.ts';
import { FEATURE_NAMES } from '#domain/features/features.ts';
import { type Alias, type AliasPointer, aliasKey, type StoredPointer } from '#domain/models/model-versions.ts';
import { CorruptModel, type LoadedVersion, modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import type { VectorIndex } from '#ports/vector-index.ts';
import { byBucket } from '../resilience/time-bucket-cache.ts';
import { type Ranker, ranker, type UserTower, userTower } from './batched-inference.ts';
import { CHECK_EVERY, isPending, type Serving, servingAt } from './model-rollover.ts';

export type ChampionPorts = Pick<Ports, 'registry' | 'models' | 'modelRuntime' | 'vectorIndexes' | 'now'>;

/** A model ready to serve. Everything in it comes from one version. */
export interface Champion {
  readonly version: string;
  readonly historyLength: number;
  readonly dimensions: number;
  /** Row → title id. */
  readonly titles: readonly string[];
  readonly rowOf: ReadonlyMap<string, number>;
  readonly userTower: UserTower;
  readonly ranker: Ranker;
  readonly index: VectorIndex;
  /** Shape (titles, dimensions) */
  readonly vectors: Float32Array;
  /** Rows of the titles nearest to each, nearest first. Shape (titles, some) */
  readonly similar: Int32Array;
}

export interface ChampionNow {
  readonly champion?: Champion;
  /** Why the model that should serve is not the one that serves. */
  readonly problem?: string;
  /** Whose rankings may be shown: those of a version that was taken back may not. Undefined while no alias could be read. */
  readonly versions?: readonly string[];
}

/** What is loaded for one look at the aliases. */
interface Look {
  readonly main: ChampionNow;
  readonly canary?: ChampionNow & { readonly isFor: (userId: string) => boolean };
}

/** Something that cannot be loaded is tried again in the next minute: its files may be mended, or the store be back. */
const TRY_AGAIN = MINUTE;

/**
 * The model that serves a user: the champion, or the canary for its share of the users. A new one is loaded beside the
 * old and takes its place in one step (changeover.ts); one that cannot be loaded leaves the old in its place.
 *
 * @param alias what serves; shadow has no canary
 */
export function championKeeper(ports: ChampionPorts, alias: Alias = 'champion') {
  const load = loader(ports);
  let known: readonly (StoredPointer | undefined)[] | undefined;
  const look = byBucket(ports.now, CHECK_EVERY, async (): Promise<Look> => {
    const keys = [aliasKey(alias), ...(alias === 'champion' ? [aliasKey('canary')] : [])];
    try {
      known = await ports.registry.getMany<StoredPointer>(keys);
    } catch (error) {
      const problem = `the registry cannot be read: ${(error as Error).message}`;
      return { main: { ...(known ? await lookAt(known) : { main: {} }).main, problem } };
    }
    return lookAt(known);
  });

  async function lookAt([pointer, other]: readonly (StoredPointer | undefined)[]): Promise<Look> {
    const at = ports.now();
    const serving: Serving = pointer ? servingAt(pointer, at) : { versions: [] };
    const trial = other?.version ? { ...other, version: other.version } : undefined;
    const trialBegins = trial !== undefined && isPending(trial.changedAt, at);
    const coming = [serving.next, trialBegins ? trial.version : undefined].filter((version) => version !== undefined);
    for (const version of coming) load.one(version).catch(() => undefined);
    const main = { ...(await load.firstOf(serving.versions)), versions: serving.versions };
    const canary = trial && !trialBegins ? await canaryOf(trial, serving) : undefined;
    load.keepOnly([main.champion?.version, canary?.champion?.version, ...coming]);
    return { main, canary };
  }

  async function canaryOf(trial: AliasPointer, serving: Serving): Promise<Look['canary']> {
    const versions = [trial.version, ...serving.versions];
    const { champion, problem } = await load.firstOf(versions);
    return {
      champion,
      versions,
      problem: problem && `canary: ${problem}`,
      isFor: (userId) => isInCanary(userId, trial),
    };
  }

  return async (userId?: string): Promise<ChampionNow> => {
    const { main, canary } = await look();
    return userId !== undefined && canary?.isFor(userId) ? canary : main;
  };
}

interface Kept {
  readonly model: Promise<Champion>;
  /** When it was found that it cannot be loaded, in units of TRY_AGAIN. */
  refusedIn?: number;
}

/** Loads each version once, and keeps those that are wanted. A version is what is in it, so that what was kept is as good as new. */
function loader(ports: ChampionPorts) {
  const registry = modelRegistry(ports);
  const kept = new Map<string, Kept>();
  const minute = () => Math.floor(ports.now() / TRY_AGAIN);
  const one = (version: string): Promise<Champion> => {
    const found = kept.get(version);
    if (found && (found.refusedIn === undefined || found.refusedIn === minute())) return found.model;
    const model = registry.load(version).then((loaded) => prepare(loaded, ports));
    const entry: Kept = { model };
    kept.set(version, entry);
    model.catch(() => {
      entry.refusedIn = minute();
    });
    return model;
  };
  return {
    one,
    /** The first that can be loaded, and why those before it cannot. */
    firstOf: async (versions: readonly string[]): Promise<ChampionNow> => {
      let problem: string | undefined;
      for (const version of versions) {
        try {
          return { champion: await one(version), problem };
        } catch (error) {
          problem ??= (error as Error).message;
        }
      }
      return { problem };
    },
    /** Lets go of models that do not serve; who is at work with one keeps it until the answer is given. */
    keepOnly: (serving: readonly (string | undefined)[]) => {
      for (const [version, { refusedIn }] of kept) {
        if (refusedIn === undefined && !serving.includes(version)) kept.delete(version);
      }
    },
  };
}

async function prepare(
  { manifest, files }: LoadedVersion,
  { modelRuntime, vectorIndexes }: ChampionPorts,
): Promise<Champion> {
  const { version, dimensions, titles, historyLength } = manifest;
  const corrupt = (file: string, why: string) => new CorruptModel(version, file, why);
  if (manifest.features.join() !== FEATURE_NAMES.join()) {
    throw corrupt('manifest.json', `it was trained on the features ${manifest.features.join(', ')}`);
  }
  const vectors = new Float32Array(copied(files['item-vectors.f32']));
  if (vectors.length !== titles.length * dimensions) {
    throw corrupt('item-vectors.f32', `it holds ${vectors.length} numbers, not ${titles.length} × ${dimensions}`);
  }
  const similar = new Int32Array(copied(files['similar-titles.i32']));
  if (similar.length === 0 || similar.length % titles.length !== 0) {
    throw corrupt('similar-titles.i32', `it holds ${similar.length} numbers, no multiple of ${titles.length} titles`);
  }
  const [tower, model, index] = await Promise.all([
    modelRuntime.load(files['user-tower.onnx']),
    modelRuntime.load(files['model.onnx']),
    vectorIndexes.load({ faiss: files['index.faiss'], vectors, dimensions }),
  ]);
  return {
    version,
    dimensions,
    historyLength,
    titles,
    rowOf: new Map(titles.map((titleId, row) => [titleId, row])),
    userTower: userTower(tower, historyLength, dimensions),
    ranker: ranker(model, dimensions),
    index,
    vectors,
    similar,
  };
}

/** In memory of its own, where its numbers begin at a multiple of their size. */
const copied = ({ buffer, byteOffset, byteLength }: Uint8Array) => buffer.slice(byteOffset, byteOffset + byteLength);
