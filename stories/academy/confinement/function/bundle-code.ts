import { readFileSync, realpathSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname } from 'node:path';
import { type BuildFailure, build, type Message } from 'esbuild';
import { type FoundError, ImportRejected, importRules, ModuleNotFound } from './import-rules.ts';
import type { Failure, Script } from './protocol.ts';
import { type SourceLines, sourceLines } from './source-lines.ts';

/** A script made of a file and all that it imports. */
export interface Bundle extends SourceLines {
  readonly script: Script;
}

/** Code given as a file, or as text with the folder in which its imports are resolved. */
export type Source = { readonly file: string } | { readonly code: string; readonly folder: string };

/**
 * Bundles a file and all that it imports into one script, so that the confined process needs no file. A dynamic import
 * becomes a call of `require`: a real one would hand the learner's code a promise of another realm.
 *
 * @param fileName name of the script in stack traces
 * @returns the script, or why there is none
 */
export async function bundleCode(source: Source, fileName: string): Promise<Bundle | Failure> {
  const folder = realpathSync('file' in source ? dirname(realpathSync(source.file)) : source.folder);
  const invalid = 'file' in source ? syntaxFailure(realpathSync(source.file)) : undefined;
  if (invalid) return invalid;
  const found: FoundError = {};
  try {
    const { outputFiles } = await build({
      ...('file' in source
        ? { entryPoints: [realpathSync(source.file)] }
        : { stdin: { contents: source.code, resolveDir: folder, loader: 'ts', sourcefile: `${folder}/${fileName}` } }),
      ...{ bundle: true, write: false, format: 'cjs', platform: 'neutral', target: 'node24', logLevel: 'silent' },
      ...{ sourcemap: 'external', sourcesContent: false, outdir: folder, tsconfigRaw: '{}', legalComments: 'none' },
      supported: { 'dynamic-import': false },
      plugins: [importRules(folder, found)],
    });
    const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
    return { script: { code: textOf('.js'), fileName }, ...sourceLines(fileName, textOf('.map'), folder) };
  } catch (error) {
    return bundleFailure(error, found, folder);
  }
}

/** Finds what Node rejects although the bundler accepts it: TypeScript that is more than types, such as an enum. */
function syntaxFailure(file: string): Failure | undefined {
  try {
    stripTypeScriptTypes(readFileSync(file, 'utf8'));
    return undefined;
  } catch (error) {
    const { code, message, stack = '' } = error as NodeJS.ErrnoException;
    return { kind: 'load', code, message: `SyntaxError: ${message}`, stack: `${file}:${lineIn(stack)}` };
  }
}

const lineIn = (stack: string): string => /^[^\n]*?:(\d+)/.exec(stack)?.[1] ?? '';

function bundleFailure(error: unknown, { error: found }: FoundError, folder: string): Failure {
  if (found instanceof ImportRejected) return { kind: 'import', specifier: found.specifier };
  const first = (error as BuildFailure).errors?.[0];
  if (!first) throw error;
  if (found instanceof ModuleNotFound) {
    return { kind: 'load', code: 'ERR_MODULE_NOT_FOUND', message: found.message, stack: at(first, folder) };
  }
  const code = /^Top-level await/.test(first.text) ? { code: 'ERR_REQUIRE_ASYNC_MODULE' } : {};
  return { kind: 'load', ...code, message: `SyntaxError: ${first.text}`, stack: at(first, folder) };
}

const at = ({ location }: Message, folder: string): string =>
  location
    ? `    at ${new URL(location.file, `file://${folder}/`).pathname}:${location.line}:${location.column + 1}`
    : '';
