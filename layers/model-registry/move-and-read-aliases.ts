import {
  type Alias,
  type AliasChange,
  type AliasPointer,
  aliasChangeKey,
  aliasKey,
  aliasLogOf,
  type StoredPointer,
} from '#domain/models/model-registry-items.ts';
import { AliasMoved } from './errors.ts';
import type { RegistryPorts } from './register-and-load-versions.ts';

/** A change of an alias. */
export interface Change {
  /** Person or run that makes the change. */
  readonly who: string;
  /** Reason for the change. */
  readonly why: string;
  /** Version that the alias must point to before the change; null for none. @default - any version */
  readonly from?: string | null;
  /** Share of the users (canary) or requests (shadow), 0 to 1. */
  readonly share?: number;
  readonly rollback?: true;
}

/** Maximum attempts of one change. An attempt fails if a concurrent caller has changed the alias in between. */
const ATTEMPTS = 10;

export const storedPointer = ({ registry }: RegistryPorts, alias: Alias) =>
  registry.get<StoredPointer>(aliasKey(alias));

/** Returns the pointer, or undefined if the alias points to no version. */
export const activePointer = (pointer: StoredPointer | undefined): AliasPointer | undefined =>
  pointer && pointer.version !== null ? (pointer as AliasPointer) : undefined;

/**
 * Points an alias to a version by compare-and-swap, and returns the new pointer. Does nothing if the alias already
 * points to it with the same share.
 *
 * The pointer contains its last change, so even a caller that fails halfway has changed both the alias and its reason,
 * or neither. The next caller completes the history.
 *
 * @param to version; null to point the alias to no version
 * @throws AliasMoved if the alias does not point to `change.from`
 */
export async function moveAlias(ports: RegistryPorts, alias: Alias, to: string | null, change: Change) {
  const { from, ...details } = change;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await storedPointer(ports, alias);
    const at = before?.version ?? null;
    if (at === to && before?.share === details.share) return before;
    if (from !== undefined && from !== at) throw new AliasMoved(alias, to);
    if (before) await recordChange(ports, alias, before);
    const revision = (before?.revision ?? 0) + 1;
    const pointer: StoredPointer = { version: to, from: at, revision, ...details, changedAt: ports.now() };
    const when = before ? ({ field: 'revision', equals: before.revision } as const) : 'absent';
    if (!(await ports.registry.put(aliasKey(alias), pointer, { when }))) continue;
    await recordChange(ports, alias, pointer);
    return pointer;
  }
  throw new AliasMoved(alias, to);
}

const recordChange = ({ registry }: RegistryPorts, alias: Alias, pointer: StoredPointer) =>
  registry.put(aliasChangeKey(alias, pointer.revision), changeOf(pointer), { when: 'absent' });

const changeOf = ({ version, ...pointer }: StoredPointer): AliasChange => ({ ...pointer, to: version });

/** Returns the history of an alias, oldest first. It includes the last change, even if the caller failed before recording it. */
export async function aliasLog(ports: RegistryPorts, alias: Alias): Promise<AliasChange[]> {
  const pointer = await storedPointer(ports, alias);
  const log = (await ports.registry.query<AliasChange>(aliasLogOf(alias))).map(({ item }) => item);
  const last = log.at(-1)?.revision ?? 0;
  return pointer && pointer.revision > last ? [...log, changeOf(pointer)] : log;
}
