import { createHash } from 'node:crypto';
import type { Now } from '#domain/core/time.ts';
import { type Manifest, MODEL_FILES, manifestIn } from '#domain/models/model-manifest.ts';
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

const MANIFEST_DIGITS = 12;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/**
 * Files, then the manifest, then the item that makes the version exist. The files' names and the manifest's follow from
 * what is in them, so that the same version, registered by two runs at once, never shows the manifest of one with the
 * item of the other. Doing it again mends what was damaged.
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

/** @throws NoSuchVersion */
export async function versionOf({ registry }: RegistryPorts, version: string): Promise<ModelVersion> {
  const item = await registry.get<ModelVersion>(versionKey(version));
  if (!item) throw new NoSuchVersion(version);
  return item;
}

/** Oldest first. */
export async function versionsOf({ registry }: RegistryPorts): Promise<ModelVersion[]> {
  const items = (await registry.query<ModelVersion>(VERSIONS)).map(({ item }) => item);
  return items.sort((a, b) => a.registeredAt - b.registeredAt);
}

/** @throws NoSuchVersion, CorruptModel */
export async function manifestOf(ports: RegistryPorts, version: string): Promise<Manifest> {
  const { manifest } = await versionOf(ports, version);
  const name = 'manifest.json';
  const bytes = await ports.models.get(manifest.key);
  if (!bytes) throw new CorruptModel(version, name, `${manifest.key} is not in the store`);
  if (sha256(bytes) !== manifest.sha256) throw new CorruptModel(version, name, differs(sha256(bytes), manifest.sha256));
  return manifestIn(bytes, (why) => new CorruptModel(version, name, why));
}

/** Manifest and files, each checked against its sha256. @throws NoSuchVersion, CorruptModel */
export async function load(ports: RegistryPorts, version: string): Promise<LoadedVersion> {
  const manifest = await manifestOf(ports, version);
  const entries = await Promise.all(
    MODEL_FILES.map(async (name) => {
      const bytes = await ports.models.get(`${modelPrefix(version)}/${name}`);
      if (!bytes) throw new CorruptModel(version, name, 'it is not in the store');
      return [name, bytes] as const;
    }),
  );
  const files = Object.fromEntries(entries) as unknown as ModelFiles;
  verifyFiles(manifest, files);
  return { manifest, files };
}

/** Checks files against a manifest. @throws CorruptModel naming the first that differs */
function verifyFiles(manifest: Manifest, files: ModelFiles): void {
  for (const name of MODEL_FILES) {
    const actual = sha256(files[name]);
    const wanted = manifest.files[name].sha256;
    if (actual !== wanted) throw new CorruptModel(manifest.version, name, differs(actual, wanted));
  }
}

const differs = (actual: string, wanted: string) => `its sha256 is ${actual}, not ${wanted}`;
