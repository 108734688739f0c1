import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join, resolve, sep } from 'node:path';
import type { OnLoadResult, OnResolveResult, Plugin } from 'esbuild';
import { UNUSABLE_FILE } from './outcomes.ts';

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

/**
 * A file cannot be loaded: it is not a small TypeScript or JavaScript file, or Node cannot parse it after removing the
 * types.
 */
export class SyntaxRejected extends Error {
  readonly code?: string;
  readonly file: string;
  /** Line number from 1. */
  readonly line?: number;
  constructor(file: string, { code, message, stack = '' }: NodeJS.ErrnoException) {
    super(code === UNUSABLE_FILE ? message : `SyntaxError: ${message}`);
    this.code = code;
    this.file = file;
    // The file never ran, so the stack of its error begins with the position of the error.
    this.line = Number(/^[^\n]*?:(\d+)/.exec(stack)?.[1]) || undefined;
  }
}

/** The first error that the rules found. The bundler reports errors only as strings. */
export interface FoundError {
  error?: ImportRejected | ModuleNotFound | SyntaxRejected;
}

/**
 * Namespace of the files that this plugin reads for the bundler. If the bundler read them itself, it would also read
 * the files that they name (a source map, package.json, tsconfig.json), and each of these can be a link to an endless
 * file.
 */
export const OWN = 'own';

const SOURCES = ['.ts', '.js'];

/** Reads a source file and removes the types, exactly as Node does when it runs the file. @throws SyntaxRejected */
function readSource(file: string): string {
  const code = readFileSync(file, 'utf8').replaceAll('sourceMappingURL', 'sourceMappingURI');
  return extname(file) === '.ts' ? withoutTypes(file, code) : code;
}

function withoutTypes(file: string, code: string): string {
  const { emitWarning } = process;
  try {
    // Node warns that this function is experimental, which does not concern learners.
    process.emitWarning = () => undefined;
    return stripTypeScriptTypes(code);
  } catch (error) {
    throw new SyntaxRejected(file, error as NodeJS.ErrnoException);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * Lets the code import #domain, zod and files of its own folder, and nothing else. A link counts as the file to which
 * it leads.
 *
 * @param folder the real path of the code's folder
 */
export function importRules(folder: string, found: FoundError): Plugin {
  const prefixesOf = (...folders: string[]) =>
    folders.filter((path) => existsSync(path)).map((path) => `${realpathSync(path)}${sep}`);
  const domain = prefixesOf(DOMAIN);
  const shared = [...domain, ...prefixesOf(ZOD)];
  const fail = (error: NonNullable<FoundError['error']>): OnResolveResult & OnLoadResult => {
    found.error ??= error;
    return { errors: [{ text: error.message }] };
  };
  const checked = (specifier: string, path: string): OnResolveResult => {
    if (!existsSync(path)) return fail(new ModuleNotFound(specifier));
    const file = realpathSync(path);
    if (!isSource(file)) return fail(new ImportRejected(specifier));
    // Loading a file of #domain changes nothing, so the bundle can leave out the files that are not used.
    if (domain.some((prefix) => file.startsWith(prefix))) return { path: file, sideEffects: false };
    if (shared.some((prefix) => file.startsWith(prefix))) return { path: file };
    return file.startsWith(`${folder}${sep}`) ? { path: file, namespace: OWN } : fail(new ImportRejected(specifier));
  };
  const entry = (file: string): OnResolveResult => {
    if (isSource(file)) return { path: file, namespace: OWN };
    const message = `the file must be a .ts or .js file of at most ${MAX_SOURCE} bytes`;
    return fail(new SyntaxRejected(file, Object.assign(new Error(message), { code: UNUSABLE_FILE })));
  };
  return {
    name: 'import-rules',
    setup: (build) => {
      build.onResolve({ filter: /.*/ }, async ({ path: specifier, importer, kind, resolveDir, pluginData }) => {
        if (pluginData === RESOLVED) return undefined;
        if (kind === 'entry-point') return entry(specifier);
        if (specifier.startsWith('.'))
          return checked(specifier, resolve(importer ? dirname(importer) : resolveDir, specifier));
        if (specifier.startsWith('#domain/'))
          return checked(specifier, join(DOMAIN, specifier.slice('#domain/'.length)));
        if (!/^zod(\/|$)/.test(specifier)) return fail(new ImportRejected(specifier));
        const { path } = await build.resolve(specifier, { resolveDir: ROOT, kind, pluginData: RESOLVED });
        return checked(specifier, path);
      });
      build.onLoad({ filter: /.*/, namespace: OWN }, ({ path }) => {
        try {
          return { contents: readSource(path), loader: 'js', resolveDir: dirname(path) };
        } catch (error) {
          return fail(error as SyntaxRejected);
        }
      });
    },
  };
}

/** Marks a resolve request that this plugin made itself. */
const RESOLVED = Symbol('resolved');

function isSource(file: string): boolean {
  const stats = statSync(file);
  return SOURCES.includes(extname(file)) && stats.isFile() && stats.size <= MAX_SOURCE;
}
