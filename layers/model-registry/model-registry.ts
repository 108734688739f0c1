import type { Alias, AliasPointer } from '#domain/models/model-versions.ts';
import { versionBefore } from '#domain/models/version-before.ts';
import { aliasLog, type Change, move, named, storedPointer } from './aliases.ts';
import { NothingToRollBackTo } from './errors.ts';
import {
  type LoadedVersion,
  load,
  manifestOf,
  type RegistryPorts,
  register,
  versionOf,
  versionsOf,
} from './versions.ts';

export type { Change } from './aliases.ts';
export { CorruptModel } from './errors.ts';
export type { LoadedVersion, ModelFiles, RegistryPorts } from './versions.ts';

/**
 * Model versions, their files and their aliases. Files are written before the version's item, and an alias moves by
 * compare-and-swap to versions that exist, so a half-written version is never visible and two trainers are safe.
 */
export const modelRegistry = (ports: RegistryPorts) => ({
  register: (loaded: LoadedVersion, runId: string) => register(ports, loaded, runId),
  /** @throws NoSuchVersion */
  version: (version: string) => versionOf(ports, version),
  /** Oldest first. */
  versions: () => versionsOf(ports),
  /** Undefined when the alias names nothing. */
  alias: async (alias: Alias): Promise<AliasPointer | undefined> => named(await storedPointer(ports, alias)),
  /** Points the alias at the version; does nothing if it does already. @throws NoSuchVersion, AliasMoved */
  setAlias: async (alias: Alias, version: string, change: Change): Promise<AliasPointer> => {
    await versionOf(ports, version);
    return (await move(ports, alias, version, change)) as AliasPointer;
  },
  /** From now on the alias names nothing. @throws AliasMoved */
  clearAlias: async (alias: Alias, change: Change): Promise<void> => void (await move(ports, alias, null, change)),
  /** Oldest first. */
  aliasLog: (alias: Alias) => aliasLog(ports, alias),
  rollBack: (alias: Alias, change: Change, to?: string | null) => rollBack(ports, alias, change, to),
  /** @throws NoSuchVersion, CorruptModel */
  manifest: (version: string) => manifestOf(ports, version),
  /** Manifest and files, each checked against its sha256. @throws NoSuchVersion, CorruptModel */
  load: (version: string) => load(ports, version),
});

/**
 * Points the alias at what it named before its version of now came, after every file of it was checked.
 *
 * @param to null: at nothing. @default - what the log says
 * @throws NothingToRollBackTo, NoSuchVersion, CorruptModel, AliasMoved
 */
async function rollBack(ports: RegistryPorts, alias: Alias, change: Change, to?: string | null) {
  const from = named(await storedPointer(ports, alias))?.version ?? null;
  const target = to === undefined ? versionBefore(await aliasLog(ports, alias)) : to;
  if (from === null || (target === null && to === undefined)) throw new NothingToRollBackTo(alias);
  if (target !== null) await load(ports, target);
  await move(ports, alias, target, { ...change, from, rollback: true });
  return { from, to: target };
}
