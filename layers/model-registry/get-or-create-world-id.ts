import { randomUUID } from 'node:crypto';
import { type WorldIdentity, worldKey } from '#domain/models/model-registry-items.ts';
import type { Table } from '#ports/table.ts';

/**
 * Returns the id of the world that this registry belongs to. The first call creates it; each later call returns the same
 * id. A new registry, for instance after `agentbricks reset`, gets another id.
 */
export async function worldId(registry: Pick<Table, 'get' | 'put'>): Promise<string> {
  const stored = await registry.get<WorldIdentity>(worldKey);
  if (stored) return stored.id;
  const created: WorldIdentity = { id: randomUUID() };
  const isFirst = await registry.put(worldKey, created, { when: 'absent' });
  return isFirst ? created.id : worldId(registry);
}
