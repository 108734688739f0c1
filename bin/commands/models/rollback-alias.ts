import type { Alias } from '#domain/models/model-registry-items.ts';
import type { Terminal } from '../../console/terminal.ts';
import { type RegistryOptions, whoAmI, withRegistry } from '../../home/open-local-or-deployed-registry.ts';

export interface RollbackOptions extends RegistryOptions {
  readonly alias: Alias;
  /** Version to roll back to; null clears the alias. @default - the previous version in the alias log */
  readonly to?: string | null;
  readonly why: string;
}

/** Points an alias at its previous version. The serving process polls the alias every ten seconds. */
export const rollback = ({ alias, to, why, ...options }: RollbackOptions, terminal: Terminal): Promise<number> =>
  withRegistry(options, async (registry) => {
    const moved = await registry.rollBack(alias, { who: whoAmI(), why }, to);
    if (options.json) terminal.out(JSON.stringify({ alias, ...moved, why }));
    else {
      terminal.out(`${alias}: ${moved.from ?? 'none'} → ${moved.to ?? 'none'}`);
      const checked = moved.to === null ? '' : 'All files of that version were checked. ';
      terminal.say(`${checked}The service uses it within 10 seconds.`);
    }
    return 0;
  });
