import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALIASES, type Alias } from '#domain/models/model-registry-items.ts';
import { modelCard } from '../../../functions/model-training/card/model-card.ts';
import type { Terminal } from '../../console/terminal.ts';
import { type RegistryOptions, withRegistry } from '../../home/open-local-or-deployed-registry.ts';

export interface CardOptions extends RegistryOptions {
  /** Folder to which the card and its charts are written. @default - the card is printed */
  readonly out?: string;
}

const isAlias = (name: string): name is Alias => (ALIASES as readonly string[]).includes(name);

/**
 * Prints a model's card, or writes it to a folder.
 *
 * @param name a version or an alias @returns 1 if the alias points at no version
 */
export const printCard = (name: string, options: CardOptions, terminal: Terminal): Promise<number> =>
  withRegistry(options, async (registry) => {
    const version = isAlias(name) ? (await registry.alias(name))?.version : name;
    if (version === undefined) {
      terminal.say(`The alias ${name} points at no version yet, so there is no model card.`);
      return 1;
    }
    const manifest = await registry.manifest(version);
    const { markdown, charts } = modelCard(manifest);
    if (options.json) terminal.out(JSON.stringify(manifest));
    else if (options.out === undefined) terminal.out(markdown.trimEnd());
    else for (const path of write({ 'model-card.md': markdown, ...charts }, options.out)) terminal.out(path);
    return 0;
  });

/** Writes files to a folder. @returns their paths */
function write(files: Readonly<Record<string, string>>, folder: string): string[] {
  mkdirSync(folder, { recursive: true });
  return Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}
