import type { Alias, AliasPointer } from '#domain/models/model-registry-items.ts';
import { versionBefore } from '#domain/models/version-before.ts';
import { NothingToRollBackTo } from './errors.ts';
import { activePointer, aliasLog, type Change, moveAlias, storedPointer } from './move-and-read-aliases.ts';
import {
  type LoadedVersion,
  load,
  manifestOf,
  type RegistryPorts,
  register,
  versionOf,
  versionsOf,
} from './register-and-load-versions.ts';

export { CorruptModel } from './errors.ts';
export type { Change } from './move-and-read-aliases.ts';
export {
  contentOf,
  type LoadedVersion,
  type ModelFiles,
  type RegistryPorts,
  readFiles,
} from './register-and-load-versions.ts';

/**
 * Returns access to model versions, their files and their aliases. A version's files are written before its item, so an
 * incomplete version is never visible. An alias changes by compare-and-swap, so concurrent training runs are safe.
 */
export const modelRegistry = (ports: RegistryPorts) => ({
  /** Stores a model's files and manifest and registers the version. A repeated call repairs damaged files. @throws CorruptModel */
  register: (loaded: LoadedVersion, runId: string) => register(ports, loaded, runId),
  /** Returns a version's item. @throws NoSuchVersion */
  version: (version: string) => versionOf(ports, version),
  /** Returns all versions, oldest first. */
  versions: () => versionsOf(ports),
  /** Returns an alias, or undefined if it points to no version. */
  alias: async (alias: Alias): Promise<AliasPointer | undefined> => activePointer(await storedPointer(ports, alias)),
  /**
   * Points an alias to a version. Does nothing if the alias already points to it with the same share.
   *
   * @throws NoSuchVersion, AliasMoved
   */
  setAlias: async (alias: Alias, version: string, change: Change): Promise<AliasPointer> => {
    await versionOf(ports, version);
    return (await moveAlias(ports, alias, version, change)) as AliasPointer;
  },
  /** Points an alias to no version. @throws AliasMoved */
  clearAlias: async (alias: Alias, change: Change): Promise<void> => void (await moveAlias(ports, alias, null, change)),
  /** Returns the history of an alias, oldest first. */
  aliasLog: (alias: Alias) => aliasLog(ports, alias),
  /** Restores an earlier version of an alias. @throws NothingToRollBackTo, NoSuchVersion, CorruptModel, AliasMoved */
  rollBack: (alias: Alias, change: Change, to?: string | null) => rollBack(ports, alias, change, to),
  /** Returns a version's manifest after checking its hash. @throws NoSuchVersion, CorruptModel */
  manifest: (version: string) => manifestOf(ports, version),
  /** Returns a version's manifest and files after checking their hashes. @throws NoSuchVersion, CorruptModel */
  load: (version: string) => load(ports, version),
});

/**
 * Points an alias to its previous version after checking every file of that version. An alias that was cleared by hand
 * gets the version back that it pointed to before.
 *
 * @param to version to restore; null for none. @default - the previous version in the history
 * @throws NothingToRollBackTo, NoSuchVersion, CorruptModel, AliasMoved
 */
async function rollBack(ports: RegistryPorts, alias: Alias, change: Change, to?: string | null) {
  const from = activePointer(await storedPointer(ports, alias))?.version ?? null;
  const target = to === undefined ? versionBefore(await aliasLog(ports, alias)) : to;
  if (target === null && to === undefined) throw new NothingToRollBackTo(alias, from);
  if (target !== null) await load(ports, target);
  await moveAlias(ports, alias, target, { ...change, from, rollback: true });
  return { from, to: target };
}
