import { createHash } from 'node:crypto';
import type { Now } from '#domain/core/time.ts';
import { type Manifest, MODEL_FILES, parseManifest } from '#domain/models/model-manifest.ts';
import { type ModelVersion, modelPrefix, VERSIONS, versionKey } from '#domain/models/model-versions.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Table } from '#ports/table.ts';
import { CorruptModel, NoSuchVersion } from './errors.ts';

export type ModelFiles = Readonly<Record<(typeof MODEL_FILES)[number], Uint8Array>>;
export interface LoadedVersion {
  readonly manifest: Manifest;
  readonly files: ModelFiles;
}
export interface RegistryPorts {
  readonly registry: Pick<Table, 'get' | 'put' | 'query'>;
  readonly models: Pick<ObjectStore, 'get' | 'put'>;
  readonly now: Now;
}

/** Number of hash digits in the name of a stored manifest. */
const MANIFEST_DIGITS = 12;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * Writes a model's files, then its manifest, then the item that makes the version visible. The name of the manifest contains
 * its hash, so if two runs register the same version concurrently, each item refers to its own manifest. A repeated call
 * repairs damaged files.
 *
 * @throws CorruptModel if a file differs from its hash in the manifest
 */
export async function register({ registry, models, now }: RegistryPorts, loaded: LoadedVersion, runId: string) {
  const { manifest, files } = loaded;
  verifyFiles(manifest, files);
  const prefix = modelPrefix(manifest.version);
  for (const name of MODEL_FILES) await models.put(`${prefix}/${name}`, files[name]);
  const bytes = Buffer.from(JSON.stringify(manifest));
  const hash = sha256(bytes);
  const key = `${prefix}/manifest-${hash.slice(0, MANIFEST_DIGITS)}.json`;
  await models.put(key, bytes);
  const { version } = manifest;
  const item: ModelVersion = { version, registeredAt: now(), runId, prefix, manifest: { key, sha256: hash } };
  await registry.put(versionKey(version), item);
  return item;
}

/** Returns a version's item. @throws NoSuchVersion */
export async function versionOf({ registry }: RegistryPorts, version: string): Promise<ModelVersion> {
  const item = await registry.get<ModelVersion>(versionKey(version));
  if (!item) throw new NoSuchVersion(version);
  return item;
}

/** Returns all versions, oldest first. */
export async function versionsOf({ registry }: RegistryPorts): Promise<ModelVersion[]> {
  const items = (await registry.query<ModelVersion>(VERSIONS)).map(({ item }) => item);
  return items.sort((a, b) => a.registeredAt - b.registeredAt);
}

/** Returns a version's manifest after checking its hash. @throws NoSuchVersion, CorruptModel */
export async function manifestOf(ports: RegistryPorts, version: string): Promise<Manifest> {
  const { manifest } = await versionOf(ports, version);
  const name = 'manifest.json';
  const bytes = await ports.models.get(manifest.key);
  if (!bytes) throw new CorruptModel(version, name, `the object ${manifest.key} is missing`);
  if (sha256(bytes) !== manifest.sha256) throw new CorruptModel(version, name, differs(sha256(bytes), manifest.sha256));
  return parseManifest(bytes, (why) => new CorruptModel(version, name, why));
}

/** Returns a version's manifest and files after checking their hashes. @throws NoSuchVersion, CorruptModel */
export async function load(ports: RegistryPorts, version: string): Promise<LoadedVersion> {
  const manifest = await manifestOf(ports, version);
  const entries = await Promise.all(
    MODEL_FILES.map(async (name) => {
      const bytes = await ports.models.get(`${modelPrefix(version)}/${name}`);
      if (!bytes) throw new CorruptModel(version, name, 'its object is missing');
      return [name, bytes] as const;
    }),
  );
  const files = Object.fromEntries(entries) as unknown as ModelFiles;
  verifyFiles(manifest, files);
  return { manifest, files };
}

/** Checks files against their hashes in a manifest. @throws CorruptModel for the first file that differs */
function verifyFiles(manifest: Manifest, files: ModelFiles): void {
  for (const name of MODEL_FILES) {
    const actual = sha256(files[name]);
    const expected = manifest.files[name].sha256;
    if (actual !== expected) throw new CorruptModel(manifest.version, name, differs(actual, expected));
  }
}

const differs = (actual: string, expected: string) => `its sha256 is ${actual}, not ${expected}`;
