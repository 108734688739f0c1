import { createHash } from 'node:crypto';
import type { Now } from '#domain/core/time.ts';
import { type FileRole, type Manifest, parseManifest } from '#domain/models/model-manifest.ts';
import { type ModelVersion, modelPrefix, VERSIONS, versionKey } from '#domain/models/model-registry-items.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Table } from '#ports/table.ts';
import { CorruptModel, NoSuchVersion } from './errors.ts';

/** Role → content, for all files that the manifest lists. */
export type ModelFiles = Readonly<Record<FileRole, Uint8Array> & Record<string, Uint8Array>>;
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
  const { manifest } = loaded;
  verifyFiles(loaded);
  const prefix = modelPrefix(manifest.version);
  for (const { role, path } of manifest.files) await models.put(`${prefix}/${path}`, contentOf(loaded, role));
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
  const files = await readFiles(manifest, async (path) => {
    const bytes = await ports.models.get(`${modelPrefix(version)}/${path}`);
    if (!bytes) throw new CorruptModel(version, path, 'its object is missing');
    return bytes;
  });
  verifyFiles({ manifest, files });
  return { manifest, files };
}

/** Reads the files that a manifest lists. @param read returns the content of a path */
export async function readFiles(
  { files }: Pick<Manifest, 'files'>,
  read: (path: string) => Promise<Uint8Array>,
): Promise<ModelFiles> {
  const entries = await Promise.all(files.map(async ({ role, path }) => [role, await read(path)] as const));
  return Object.fromEntries(entries) as ModelFiles;
}

/** Returns the content of the file with a role. @throws CorruptModel if `files` does not contain it */
export function contentOf({ manifest, files }: LoadedVersion, role: string): Uint8Array {
  const bytes = files[role];
  if (!bytes) throw new CorruptModel(manifest.version, role, 'its content is missing');
  return bytes;
}

/** Checks files against their hashes in a manifest. @throws CorruptModel for the first file that differs */
function verifyFiles(loaded: LoadedVersion): void {
  for (const { role, path, sha256: expected } of loaded.manifest.files) {
    const actual = sha256(contentOf(loaded, role));
    if (actual !== expected) throw new CorruptModel(loaded.manifest.version, path, differs(actual, expected));
  }
}

const differs = (actual: string, expected: string) => `its sha256 is ${actual}, not ${expected}`;
