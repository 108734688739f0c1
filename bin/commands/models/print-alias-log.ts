import type { Alias, AliasChange } from '#domain/models/model-registry-items.ts';
import { dateTime, table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import { type RegistryOptions, withRegistry } from '../../home/open-local-or-deployed-registry.ts';

/** Prints every change of an alias, oldest first. */
export const aliasLog = (alias: Alias, options: RegistryOptions, terminal: Terminal): Promise<number> =>
  withRegistry(options, async (registry) => {
    const log = await registry.aliasLog(alias);
    if (options.json) terminal.out(JSON.stringify(log));
    else if (log.length === 0) terminal.out(`The alias ${alias} has never pointed at a version.`);
    else for (const line of table([['when', 'from', 'to', 'who', 'why'], ...log.map(rowOf)])) terminal.out(line);
    return 0;
  });

const rowOf = ({ changedAt, from, to, who, why, share, rollback }: AliasChange): string[] => [
  dateTime(changedAt),
  from ?? 'none',
  `${to ?? 'none'}${share === undefined ? '' : ` (share ${share})`}`,
  who,
  `${rollback ? 'rollback: ' : ''}${why}`,
];
