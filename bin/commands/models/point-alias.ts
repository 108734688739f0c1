import type { Alias } from '#domain/models/model-registry-items.ts';
import type { Terminal } from '../../console/terminal.ts';
import { type RegistryOptions, whoAmI, withRegistry } from '../../home/open-local-or-deployed-registry.ts';

export interface PointAliasOptions extends RegistryOptions {
  readonly share?: number;
  readonly why: string;
}

/** Points an alias at a version after checking the version's files. A null version clears the alias. */
export const pointAlias = (
  alias: Alias,
  version: string | null,
  { share, why, ...options }: PointAliasOptions,
  terminal: Terminal,
): Promise<number> =>
  withRegistry(options, async (registry) => {
    const from = (await registry.alias(alias))?.version ?? null;
    const change = { who: whoAmI(), why };
    if (version === null) await registry.clearAlias(alias, change);
    else {
      await registry.load(version);
      await registry.setAlias(alias, version, share === undefined ? change : { ...change, share });
    }
    if (options.json) terminal.out(JSON.stringify({ alias, from, to: version, share: share ?? null, why }));
    else terminal.out(`${alias}: ${from ?? 'none'} → ${version ?? 'none'}`);
    return 0;
  });
