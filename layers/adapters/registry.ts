import { createHash } from 'node:crypto';
import { BrickError } from '#domain/errors.ts';
import { type Manifest, MODEL_FILES, manifestIn } from '#domain/manifest.ts';
import {
  type Alias,
  type AliasChange,
  type AliasPointer,
  aliasChangeKey,
  aliasKey,
  type ModelVersion,
  modelPrefix,
  versionKey,
} from '#domain/registry.ts';
import type { Now } from '#domain/time.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Table } from '#ports/table.ts';

export type ModelFiles = Readonly<Record<(typeof MODEL_FILES)[number], Uint8Array>>;
export interface LoadedVersion {
  readonly manifest: Manifest;
  readonly files: ModelFiles;
}

export class CorruptModel extends BrickError {
  override readonly code = 'BRICK_CORRUPT_MODEL';
  constructor(version: string, file: string, why: string) {
    super({
      what: `${file} of model ${version} cannot be used`,
      why,
      fix: 'Register the version again from its training run, or promote another',
    });
  }
}

export class AliasMoved extends BrickError {
  override readonly code = 'BRICK_ALIAS_MOVED';
  constructor(alias: Alias) {
    super({
      what: `alias ${alias} was changed by someone else at the same time`,
      why: 'two runs tried to move it',
      fix: 'Look at the alias log and run the pipeline again if it is still wanted',
    });
  }
}

interface RegistryPorts {
  readonly registry: Table;
  readonly models: ObjectStore;
  readonly now: Now;
}
export interface Change {
  readonly who: string;
  readonly why: string;
}

/**
 * Model versions, their files and their aliases. Files are written before the version's item, and an alias moves by
 * compare-and-swap with a log entry of its own, so a half-written version is never visible and two trainers are safe.
 */
export const modelRegistry = (ports: RegistryPorts) => ({
  register: (loaded: LoadedVersion, runId: string) => register(ports, loaded, runId),
  version: (version: string) => ports.registry.get<ModelVersion>(versionKey(version)),
  alias: (alias: Alias) => ports.registry.get<AliasPointer>(aliasKey(alias)),
  /** Points the alias at the version; does nothing if it does already. @throws AliasMoved */
  setAlias: (alias: Alias, version: string, change: Change) => setAlias(ports, alias, version, change),
  /** Oldest first. */
  aliasLog: async (alias: Alias): Promise<AliasChange[]> =>
    (await ports.registry.query<AliasChange>(`alias-log#${alias}`)).map(({ item }) => item),
  manifest: (version: string) => manifestOf(ports, version),
  /** Manifest and files, each checked against its sha256. @throws CorruptModel */
  load: (version: string) => load(ports, version),
});

/** Checks files against a manifest. @throws CorruptModel naming the first that differs */
export function verifyFiles(manifest: Manifest, files: ModelFiles): void {
  for (const name of MODEL_FILES) {
    const actual = createHash('sha256').update(files[name]).digest('hex');
    const { sha256 } = manifest.files[name];
    if (actual !== sha256) throw new CorruptModel(manifest.version, name, `its sha256 is ${actual}, not ${sha256}`);
  }
}

async function register({ registry, models, now }: RegistryPorts, { manifest, files }: LoadedVersion, runId: string) {
  verifyFiles(manifest, files);
  const prefix = modelPrefix(manifest.version);
  for (const name of MODEL_FILES) await models.put(`${prefix}/${name}`, files[name]);
  await models.put(`${prefix}/manifest.json`, Buffer.from(JSON.stringify(manifest)));
  const item: ModelVersion = { version: manifest.version, registeredAt: now(), runId, prefix };
  await registry.put(versionKey(manifest.version), item, { when: 'absent' });
  return item;
}

async function setAlias({ registry, now }: RegistryPorts, alias: Alias, version: string, { who, why }: Change) {
  const before = await registry.get<AliasPointer>(aliasKey(alias));
  if (before?.version === version) return before;
  const pointer: AliasPointer = { version, revision: (before?.revision ?? 0) + 1, changedAt: now() };
  const change: AliasChange = { from: before?.version ?? null, to: version, who, why, changedAt: pointer.changedAt };
  const when = before ? ({ field: 'revision', equals: before.revision } as const) : 'absent';
  if (!(await registry.put(aliasKey(alias), pointer, { when }))) throw new AliasMoved(alias);
  await registry.put(aliasChangeKey(alias, pointer.revision), change, { when: 'absent' });
  return pointer;
}

async function manifestOf({ models }: RegistryPorts, version: string): Promise<Manifest> {
  const bytes = await models.get(`${modelPrefix(version)}/manifest.json`);
  if (!bytes) throw new CorruptModel(version, 'manifest.json', 'it is not in the store');
  return manifestIn(bytes, (why) => new CorruptModel(version, 'manifest.json', why));
}

async function load(ports: RegistryPorts, version: string): Promise<LoadedVersion> {
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
