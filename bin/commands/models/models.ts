import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALIASES, type Alias, type AliasChange } from '#domain/models/model-versions.ts';
import { modelCard } from '../../../functions/model-training/card/model-card.ts';
import { type Terminal, table } from '../../console/terminal.ts';
import { inRegistry, type RegistryOptions, whoAmI } from '../../home/open-registry.ts';

const when = (at: number) => new Date(at).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length).replace('T', ' ');
const named = (version: string | null) => version ?? 'nothing';

/** Every version, and what it is called. */
export const listModels = (options: RegistryOptions, terminal: Terminal): Promise<number> =>
  inRegistry(options, async (registry) => {
    const pointers = await Promise.all(
      ALIASES.map(async (alias) => ({ alias, version: (await registry.alias(alias))?.version })),
    );
    const versions = (await registry.versions()).map(({ version, registeredAt, runId }) => ({
      version,
      registeredAt,
      runId,
      aliases: pointers.filter((pointer) => pointer.version === version).map(({ alias }) => alias),
    }));
    if (options.json) terminal.out(JSON.stringify(versions));
    else if (versions.length === 0) terminal.out('No model was registered yet: what is popular is served.');
    else {
      const rows = versions.map(({ version, aliases, runId, registeredAt }) => [
        version,
        aliases.join(', '),
        runId,
        when(registeredAt),
      ]);
      for (const line of table([['version', 'aliases', 'run', 'registered'], ...rows])) terminal.out(line);
    }
    return 0;
  });

/** How an alias came to where it is, oldest first. */
export const modelLog = (alias: Alias, options: RegistryOptions, terminal: Terminal): Promise<number> =>
  inRegistry(options, async (registry) => {
    const log = await registry.aliasLog(alias);
    if (options.json) terminal.out(JSON.stringify(log));
    else if (log.length === 0) terminal.out(`${alias} has never named a version.`);
    else for (const line of table([['when', 'from', 'to', 'who', 'why'], ...log.map(rowOf)])) terminal.out(line);
    return 0;
  });

const rowOf = ({ changedAt, from, to, who, why, share, rollback }: AliasChange): string[] => [
  when(changedAt),
  named(from),
  `${named(to)}${share === undefined ? '' : ` (share ${share})`}`,
  who,
  `${rollback ? 'rollback: ' : ''}${why}`,
];

const isAlias = (name: string): name is Alias => (ALIASES as readonly string[]).includes(name);

export interface CardOptions extends RegistryOptions {
  /** Folder for the card and its pictures. */
  readonly out?: string;
}

/** What a model is, how good it is for whom, and what it is not for. @param name a version, or an alias */
export const printCard = (name: string, options: CardOptions, terminal: Terminal): Promise<number> =>
  inRegistry(options, async (registry) => {
    const version = isAlias(name) ? (await registry.alias(name))?.version : name;
    if (version === undefined) {
      terminal.say(`${name} names no version yet: what is popular is served, and needs no card.`);
      return 1;
    }
    const manifest = await registry.manifest(version);
    const { markdown, pictures } = modelCard(manifest);
    if (options.json) terminal.out(JSON.stringify(manifest));
    else if (options.out === undefined) terminal.out(markdown.trimEnd());
    else {
      mkdirSync(options.out, { recursive: true });
      const files = { 'model-card.md': markdown, ...pictures };
      for (const [file, text] of Object.entries(files)) writeFileSync(join(options.out, file), text);
      terminal.out(
        Object.keys(files)
          .map((file) => join(options.out ?? '', file))
          .join('\n'),
      );
    }
    return 0;
  });

export interface PointOptions extends RegistryOptions {
  readonly share?: number;
  readonly why: string;
}

/** Points an alias at a version whose files are whole, or at nothing. */
export const pointAlias = (
  alias: Alias,
  version: string | null,
  { share, why, ...options }: PointOptions,
  terminal: Terminal,
): Promise<number> =>
  inRegistry(options, async (registry) => {
    const from = (await registry.alias(alias))?.version ?? null;
    const change = { who: whoAmI(), why };
    if (version === null) await registry.clearAlias(alias, change);
    else {
      await registry.load(version);
      await registry.setAlias(alias, version, share === undefined ? change : { ...change, share });
    }
    if (options.json) terminal.out(JSON.stringify({ alias, from, to: version, share: share ?? null, why }));
    else terminal.out(`${alias}: ${named(from)} → ${named(version)}`);
    return 0;
  });
