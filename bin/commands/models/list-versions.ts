import { ALIASES } from '#domain/models/model-registry-items.ts';
import { dateTime, table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import { type Registry, type RegistryOptions, withRegistry } from '../../home/open-local-or-deployed-registry.ts';

interface ListedVersion {
  readonly version: string;
  readonly registeredAt: number;
  readonly runId: string;
  readonly aliases: readonly string[];
}

/** Lists every registered version with its aliases and its pipeline run. */
export const listModels = (options: RegistryOptions, terminal: Terminal): Promise<number> =>
  withRegistry(options, async (registry) => {
    const versions = await listedVersions(registry);
    if (options.json) terminal.out(JSON.stringify(versions));
    else if (versions.length === 0) terminal.out('No model is registered yet: popularity serves.');
    else
      for (const line of table([['version', 'aliases', 'run', 'registered'], ...versions.map(rowOf)]))
        terminal.out(line);
    return 0;
  });

async function listedVersions(registry: Registry): Promise<ListedVersion[]> {
  const pointers = await Promise.all(
    ALIASES.map(async (alias) => ({ alias, version: (await registry.alias(alias))?.version })),
  );
  return (await registry.versions()).map(({ version, registeredAt, runId }) => ({
    version,
    registeredAt,
    runId,
    aliases: pointers.filter((pointer) => pointer.version === version).map(({ alias }) => alias),
  }));
}

const rowOf = ({ version, aliases, runId, registeredAt }: ListedVersion): string[] => [
  version,
  aliases.join(', '),
  runId,
  dateTime(registeredAt),
];
