import {
  type Alias,
  type AliasChange,
  type AliasPointer,
  aliasChangeKey,
  aliasKey,
  aliasLogOf,
  type StoredPointer,
} from '#domain/models/model-versions.ts';
import { AliasMoved } from './errors.ts';
import type { RegistryPorts } from './versions.ts';

export interface Change {
  readonly who: string;
  readonly why: string;
  /** Move only from here. @default - from wherever it is */
  readonly from?: string | null;
  readonly share?: number;
  readonly rollback?: true;
}

/** Who does not say from where goes on until it is done, unless others never stop moving it. */
const ATTEMPTS = 10;

export const storedPointer = ({ registry }: RegistryPorts, alias: Alias) =>
  registry.get<StoredPointer>(aliasKey(alias));

/** @returns undefined when the alias names nothing */
export const named = (pointer: StoredPointer | undefined): AliasPointer | undefined =>
  pointer && pointer.version !== null ? (pointer as AliasPointer) : undefined;

/**
 * Moves an alias by compare-and-swap; does nothing if it is there already. The pointer carries its own change, so that
 * a mover who dies has either moved it and said why, or done neither; the log's entry is written by whoever comes next.
 *
 * @param to null: the alias names nothing any more
 * @throws AliasMoved when it is not where `change.from` says
 */
export async function move(ports: RegistryPorts, alias: Alias, to: string | null, change: Change) {
  const { from, ...said } = change;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await storedPointer(ports, alias);
    const at = before?.version ?? null;
    if (at === to && before?.share === said.share) return before;
    if (from !== undefined && from !== at) throw new AliasMoved(alias, to);
    if (before) await writeDown(ports, alias, before);
    const revision = (before?.revision ?? 0) + 1;
    const pointer: StoredPointer = { version: to, from: at, revision, ...said, changedAt: ports.now() };
    const when = before ? ({ field: 'revision', equals: before.revision } as const) : 'absent';
    if (!(await ports.registry.put(aliasKey(alias), pointer, { when }))) continue;
    await writeDown(ports, alias, pointer);
    return pointer;
  }
  throw new AliasMoved(alias, to);
}

const writeDown = ({ registry }: RegistryPorts, alias: Alias, pointer: StoredPointer) =>
  registry.put(aliasChangeKey(alias, pointer.revision), changeOf(pointer), { when: 'absent' });

const changeOf = ({ version, ...pointer }: StoredPointer): AliasChange => ({ ...pointer, to: version });

/** Oldest first, with the last change even when its mover died before it was written down. */
export async function aliasLog(ports: RegistryPorts, alias: Alias): Promise<AliasChange[]> {
  const pointer = await storedPointer(ports, alias);
  const log = (await ports.registry.query<AliasChange>(aliasLogOf(alias))).map(({ item }) => item);
  const last = log.at(-1)?.revision ?? 0;
  return pointer && pointer.revision > last ? [...log, changeOf(pointer)] : log;
}
