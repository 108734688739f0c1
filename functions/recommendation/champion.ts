import { CorruptModel, type LoadedVersion, modelRegistry } from '#adapters/registry.ts';
import { FEATURE_NAMES } from '#domain/features.ts';
import { SECOND } from '#domain/time.ts';
import type { Ports } from '#ports/index.ts';
import type { Model } from '#ports/model-runtime.ts';
import type { VectorIndex } from '#ports/vector-index.ts';
import { byBucket } from './by-bucket.ts';

export type ChampionPorts = Pick<Ports, 'registry' | 'models' | 'modelRuntime' | 'vectorIndexes' | 'now'>;

/** A model ready to serve. Everything in it comes from one version. */
export interface Champion {
  readonly version: string;
  readonly historyLength: number;
  readonly dimensions: number;
  /** Row → title id; the model's title input is row + 1. */
  readonly titles: readonly string[];
  readonly rowOf: ReadonlyMap<string, number>;
  readonly userTower: Model;
  readonly ranker: Model;
  readonly index: VectorIndex;
  readonly vectors: Float32Array;
}

export interface ChampionNow {
  readonly champion?: Champion;
  /** Why the champion that the registry names is not the one that serves. */
  readonly problem?: string;
}

const CHECK_EVERY = 5 * SECOND;

/**
 * The champion that serves. A new one is loaded beside the old and takes its place in one step; one that cannot be loaded
 * leaves the old in its place.
 */
export function championKeeper(ports: ChampionPorts): () => Promise<ChampionNow> {
  const registry = modelRegistry(ports);
  let serving: Champion | undefined;
  let refused: { readonly version: string; readonly problem: string } | undefined;
  return byBucket(ports.now, CHECK_EVERY, async () => {
    const pointer = await registry.alias('champion');
    if (!pointer || pointer.version === serving?.version) return { champion: serving };
    if (refused?.version !== pointer.version) {
      try {
        serving = await prepare(await registry.load(pointer.version), ports);
        return { champion: serving };
      } catch (error) {
        refused = { version: pointer.version, problem: (error as Error).message };
      }
    }
    return { champion: serving, problem: refused.problem };
  });
}

async function prepare(
  { manifest, files }: LoadedVersion,
  { modelRuntime, vectorIndexes }: ChampionPorts,
): Promise<Champion> {
  const { version, dimensions, titles, historyLength } = manifest;
  if (manifest.features.join() !== FEATURE_NAMES.join()) {
    throw new CorruptModel(version, 'manifest.json', `it was trained on the features ${manifest.features.join(', ')}`);
  }
  const bytes = files['item-vectors.f32'];
  const vectors = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  if (vectors.length !== titles.length * dimensions) {
    throw new CorruptModel(
      version,
      'item-vectors.f32',
      `it holds ${vectors.length} numbers, not ${titles.length} × ${dimensions}`,
    );
  }
  const [userTower, ranker, index] = await Promise.all([
    modelRuntime.load(files['user-tower.onnx']),
    modelRuntime.load(files['model.onnx']),
    vectorIndexes.load({ faiss: files['index.faiss'], vectors, dimensions }),
  ]);
  const rowOf = new Map(titles.map((titleId, row) => [titleId, row]));
  return { version, dimensions, historyLength, titles, rowOf, userTower, ranker, index, vectors };
}
