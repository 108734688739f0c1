import { MINUTE } from '#domain/core/time.ts';
import { FEATURE_NAMES } from '#domain/features/feature-names-and-online-items.ts';
import type { FileRole } from '#domain/models/model-manifest.ts';
import { CorruptModel, type LoadedVersion, modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import type { VectorIndex } from '#ports/vector-index.ts';
import { type Ranker, ranker, type UserTower, userTower } from './batched-inference.ts';

export type ModelPorts = Pick<Ports, 'registry' | 'models' | 'modelRuntime' | 'vectorIndexes' | 'now'>;

/** A loaded model. All its parts are of one version. */
export interface ServingModel {
  readonly version: string;
  /** Number of plays that the user tower reads. */
  readonly historyLength: number;
  /** Length of a vector. */
  readonly dimensions: number;
  /** Row → title id. */
  readonly titles: readonly string[];
  readonly rowOf: ReadonlyMap<string, number>;
  readonly userTower: UserTower;
  readonly ranker: Ranker;
  readonly index: VectorIndex;
  /** Item vectors. Shape (titles, dimensions) */
  readonly vectors: Float32Array;
  /** Rows of the nearest titles of each title, nearest first. Shape (titles, neighbours) */
  readonly similar: Int32Array;
}

/** The first of several versions that can be loaded, and the error of the first version that cannot. */
export interface FirstLoaded {
  readonly model?: ServingModel;
  readonly problem?: string;
}

/**
 * Milliseconds after which a version that could not be loaded is tried again: its files may be fixed, or the store may
 * be back.
 */
const RETRY_EVERY = MINUTE;

interface Entry {
  readonly model: Promise<ServingModel>;
  /** Time at which loading failed, in units of RETRY_EVERY. */
  failedIn?: number;
}

/**
 * Returns a loader that loads each version once and caches the versions in use. A version is immutable, so the cache is
 * never stale.
 */
export function modelLoader(ports: ModelPorts) {
  const registry = modelRegistry(ports);
  const entries = new Map<string, Entry>();
  const minute = () => Math.floor(ports.now() / RETRY_EVERY);
  const load = (version: string): Promise<ServingModel> => {
    const known = entries.get(version);
    if (known && (known.failedIn === undefined || known.failedIn === minute())) return known.model;
    const model = registry.load(version).then((loaded) => prepare(loaded, ports));
    const entry: Entry = { model };
    entries.set(version, entry);
    model.catch(() => {
      entry.failedIn = minute();
    });
    return model;
  };
  return {
    load,
    firstOf: async (versions: readonly string[]): Promise<FirstLoaded> => {
      let problem: string | undefined;
      for (const version of versions) {
        try {
          return { model: await load(version), problem };
        } catch (error) {
          problem ??= (error as Error).message;
        }
      }
      return { problem };
    },
    /** Drops loaded models that do not serve. A running request keeps its model until it has ended. */
    keepOnly: (serving: readonly (string | undefined)[]) => {
      for (const [version, { failedIn }] of entries) {
        if (failedIn === undefined && !serving.includes(version)) entries.delete(version);
      }
    },
  };
}

async function prepare(
  { manifest, files }: LoadedVersion,
  { modelRuntime, vectorIndexes }: ModelPorts,
): Promise<ServingModel> {
  const { version, dimensions, titles, historyLength } = manifest;
  const corrupt = (file: string, why: string) => new CorruptModel(version, file, why);
  const pathOf = (role: FileRole) => manifest.files.find((file) => file.role === role)?.path ?? role;
  if (manifest.features.join() !== FEATURE_NAMES.join()) {
    throw corrupt('manifest.json', `the model was trained on the features ${manifest.features.join(', ')}`);
  }
  const vectors = new Float32Array(aligned(files['item-vectors']));
  if (vectors.length !== titles.length * dimensions) {
    throw corrupt(pathOf('item-vectors'), `it has ${vectors.length} numbers, not ${titles.length} × ${dimensions}`);
  }
  const similar = new Int32Array(aligned(files['similar-titles']));
  if (similar.length === 0 || similar.length % titles.length !== 0) {
    throw corrupt(
      pathOf('similar-titles'),
      `it has ${similar.length} numbers, not a multiple of ${titles.length} titles`,
    );
  }
  const [tower, model, index] = await Promise.all([
    modelRuntime.load(files['user-tower']),
    modelRuntime.load(files.ranker),
    vectorIndexes.load({ faiss: files.index, vectors, dimensions }),
  ]);
  return {
    ...{ version, dimensions, historyLength, titles, index, vectors, similar },
    rowOf: new Map(titles.map((titleId, row) => [titleId, row])),
    userTower: userTower(tower, historyLength, dimensions),
    ranker: ranker(model, dimensions),
  };
}

/** Copies bytes into their own buffer, because a typed array must start at a multiple of its element size. */
const aligned = ({ buffer, byteOffset, byteLength }: Uint8Array) => buffer.slice(byteOffset, byteOffset + byteLength);
