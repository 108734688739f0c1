import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, join, resolve, sep } from 'node:path';
import type { OnResolveResult, Plugin } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '../../../..');
const DOMAIN = join(ROOT, 'layers/domain');
const ZOD = join(ROOT, 'node_modules/zod');
/** Largest source file, in bytes. */
const MAX_SOURCE = 1_000_000;

/** The code imports a module that a pure function does not need. */
export class ImportRejected extends Error {
  readonly specifier: string;
  constructor(specifier: string) {
    super(`the import of ${specifier} is not allowed`);
    this.specifier = specifier;
  }
}

/** The code imports a file that does not exist. */
export class ModuleNotFound extends Error {
  constructor(specifier: string) {
    super(`Cannot find module '${specifier}'`);
  }
}

/** The first error that the rules found. The bundler reports errors as text only. */
export interface FoundError {
  error?: ImportRejected | ModuleNotFound;
}

/**
 * Lets the code import #domain, zod and files of its own folder, and nothing else. A link counts as the file to which it leads.
 *
 * @param folder the real path of the code's folder
 */
export function importRules(folder: string, found: FoundError): Plugin {
  const allowed = [folder, DOMAIN, ZOD].filter((path) => existsSync(path)).map((path) => `${realpathSync(path)}${sep}`);
  const fail = (error: ImportRejected | ModuleNotFound): OnResolveResult => {
    found.error ??= error;
    return { errors: [{ text: error.message }] };
  };
  const checked = (specifier: string, path: string): OnResolveResult => {
    if (!existsSync(path)) return fail(new ModuleNotFound(specifier));
    const file = realpathSync(path);
    const isAllowed = allowed.some((prefix) => file.startsWith(prefix)) && isSource(file);
    return isAllowed ? { path: file } : fail(new ImportRejected(specifier));
  };
  return {
    name: 'import-rules',
    setup: (build) => {
      build.onResolve({ filter: /.*/ }, async ({ path: specifier, importer, kind, pluginData }) => {
        if (pluginData === RESOLVED || kind === 'entry-point') return undefined;
        if (specifier.startsWith('.')) return checked(specifier, resolve(dirname(importer), specifier));
        if (specifier.startsWith('#domain/'))
          return checked(specifier, join(DOMAIN, specifier.slice('#domain/'.length)));
        if (!/^zod(\/|$)/.test(specifier)) return fail(new ImportRejected(specifier));
        const { path } = await build.resolve(specifier, { resolveDir: ROOT, kind, pluginData: RESOLVED });
        return checked(specifier, path);
      });
    },
  };
}

/** Marks a request that this plugin made. */
const RESOLVED = Symbol('resolved');

const isSource = (file: string): boolean => {
  const stats = statSync(file);
  return ['.ts', '.js'].includes(extname(file)) && stats.isFile() && stats.size <= MAX_SOURCE;
};
