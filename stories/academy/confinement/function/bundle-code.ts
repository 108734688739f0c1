import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BuildFailure, BuildOptions, Message } from 'esbuild';
import { buildCode } from '../run-esbuild-with-retry.ts';
import { type FoundError, ImportRejected, importRules, OWN, SyntaxRejected } from './enforce-import-rules.ts';
import type { Failure, Script } from './message-types.ts';
import { type SourceLines, sourceLines } from './translate-stack-traces.ts';

/** A script that contains a file and everything that the file imports. */
export interface Bundle extends SourceLines {
  readonly script: Script;
}

/** Code given as a file, or as text with the folder in which its imports are resolved. */
export type Source = { readonly file: string } | { readonly code: string; readonly folder: string };

/**
 * Bundles a file and everything that it imports into one script, so that the confined process needs no file. A dynamic
 * import becomes a call of `require`: a real dynamic import would give the learner's code a promise of another realm.
 *
 * @param fileName name of the script in stack traces
 * @returns the script, or the reason why it could not be built
 */
export async function bundleCode(source: Source, fileName: string): Promise<Bundle | Failure> {
  const folder = 'file' in source ? dirname(realpathSync(source.file)) : realpathSync(source.folder);
  const entry: BuildOptions =
    'file' in source
      ? { entryPoints: [realpathSync(source.file)] }
      : { stdin: { contents: source.code, resolveDir: folder, loader: 'ts' } };
  const found: FoundError = {};
  try {
    const { outputFiles } = await buildCode({
      ...entry,
      ...OPTIONS,
      outdir: folder,
      plugins: [importRules(folder, found)],
    });
    const textOf = (end: string) => outputFiles?.find(({ path }) => path.endsWith(end))?.text ?? '';
    return { script: { code: textOf('.js'), fileName }, ...sourceLines(fileName, textOf('.map'), folder) };
  } catch (error) {
    return failureOf(error, found);
  }
}

const OPTIONS = {
  ...{ bundle: true, write: false, format: 'cjs', platform: 'neutral', target: 'node24', logLevel: 'silent' },
  ...{ sourcemap: 'external', sourcesContent: false, tsconfigRaw: '{}', legalComments: 'none' },
  supported: { 'dynamic-import': false },
} as const satisfies BuildOptions;

function failureOf(error: unknown, { error: found }: FoundError): Failure {
  if (found instanceof ImportRejected) return { kind: 'import', specifier: found.specifier };
  if (found instanceof SyntaxRejected) {
    const { code, message, file, line } = found;
    return { kind: 'load', code, message, stack: line ? `    at ${file}:${line}` : '' };
  }
  const first = (error as BuildFailure).errors?.[0];
  if (!first) throw error;
  if (found) return { kind: 'load', code: 'ERR_MODULE_NOT_FOUND', message: found.message, stack: at(first) };
  const code = /^Top-level await/.test(first.text) ? { code: 'ERR_REQUIRE_ASYNC_MODULE' } : {};
  return { kind: 'load', ...code, message: `SyntaxError: ${first.text}`, stack: at(first) };
}

const at = ({ location }: Message): string =>
  location ? `    at ${location.file.replace(`${OWN}:`, '')}:${location.line}:${location.column + 1}` : '';
