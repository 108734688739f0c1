import { createHash } from 'node:crypto';
import type { Manifest } from '#domain/models/model-manifest.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { contentOf, type LoadedVersion, type ModelFiles } from '#model-registry/model-registry.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { FIXTURE_TITLES, fixtureModel } from '../../bin/parity/fixture-model.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const VERSION_DIGITS = 12;
const PER_KIND = FIXTURE_TITLES / 3;

/**
 * Returns a working model with another ranking: its kinds are a title's number divided by 10.
 *
 * @param mark number that makes another version of the same model
 * @param incumbent version that it was compared with
 */
export function otherModel({ mark = 1, incumbent = 'popular' } = {}): LoadedVersion {
  const { manifest, files } = fixtureModel();
  const vectors = Buffer.from(files['item-vectors']);
  vectors.writeFloatLE(mark * 1e-6, vectors.length - 4);
  const changed: ModelFiles = { ...files, 'item-vectors': vectors };
  const titles = Array.from({ length: FIXTURE_TITLES }, (_, row) => `t-${Math.floor(row / 3) + PER_KIND * (row % 3)}`);
  return {
    manifest: { ...vouching(manifest, changed), titles, gate: { ...manifest.gate, incumbent } },
    files: changed,
  };
}

function vouching(manifest: Manifest, files: ModelFiles): Manifest {
  const entries = manifest.files.map((file) => {
    const content = contentOf({ manifest, files }, file.role);
    return { ...file, sha256: sha256(content), bytes: content.length };
  });
  const together = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map((entry) => entry.sha256);
  const version = sha256(Buffer.from(together.join(''))).slice(0, VERSION_DIGITS);
  return { ...manifest, version, files: entries };
}

/** Stores a model as the output of a run's training, the manifest last. */
export async function putOutput(lake: Pick<ObjectStore, 'put'>, runId: string, model: LoadedVersion): Promise<void> {
  const { output } = runFiles(runId);
  for (const { role, path } of model.manifest.files) await lake.put(`${output}/${path}`, contentOf(model, role));
  await lake.put(`${output}/manifest.json`, Buffer.from(JSON.stringify(model.manifest)));
}

/** Returns an object store in memory. */
export function memoryObjects(): ObjectStore {
  const kept = new Map<string, Uint8Array>();
  return {
    put: async (key, bytes) => void kept.set(key, bytes),
    get: async (key) => kept.get(key),
    list: async (prefix) =>
      [...kept].filter(([key]) => key.startsWith(prefix)).map(([key, { length }]) => ({ key, size: length })),
    delete: async (key) => void kept.delete(key),
    open: async (keys) => keys.map((key) => `memory:${key}`),
    [Symbol.asyncDispose]: async () => {},
  };
}
