import type { Alias } from '#domain/models/model-versions.ts';
import type { Terminal } from '../../console/terminal.ts';
import { inRegistry, type RegistryOptions, whoAmI } from '../../home/open-registry.ts';

export interface RollbackOptions extends RegistryOptions {
  readonly alias: Alias;
  /** Null: nothing. @default - what the alias named before */
  readonly to?: string | null;
  readonly why: string;
}

/** Points an alias at what it named before. What serves takes it over within ten seconds. */
export const rollback = ({ alias, to, why, ...options }: RollbackOptions, terminal: Terminal): Promise<number> =>
  inRegistry(options, async (registry) => {
    const moved = await registry.rollBack(alias, { who: whoAmI(), why }, to);
    if (options.json) terminal.out(JSON.stringify({ alias, ...moved, why }));
    else {
      terminal.out(`${alias}: ${moved.from} → ${moved.to ?? 'nothing'}`);
      terminal.say('Every file of it was checked. What serves takes it over within 10 seconds.');
    }
    return 0;
  });
