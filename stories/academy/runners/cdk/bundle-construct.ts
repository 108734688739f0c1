import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, extname, resolve, sep } from 'node:path';
import type { BuildFailure, OnResolveResult, Plugin } from 'esbuild';
import type { Script } from '../../confinement/function/message-types.ts';
import { type SourceLines, sourceLines } from '../../confinement/function/translate-stack-traces.ts';
import { buildCode } from '../../confinement/run-esbuild-with-retry.ts';
import type { Problem } from '../../judging/problem-report-and-checkpoint-types.ts';

export interface ConstructBundle extends SourceLines {
  readonly script: Script;
}

/** The packages of the CDK, which the confined process loads itself. */
const CDK = /^(?:constructs|aws-cdk-lib(?:\/[a-z0-9-]+)?)$/;
/** Largest source file, in bytes. */
const MAX_SOURCE = 200_000;

/** Bundles a file of constructs. It may import the CDK and files of its own folder. */
export async function bundleConstruct(file: string, fileName: string): Promise<ConstructBundle | Problem> {
  const folder = dirname(realpathSync(file));
  const found: { problem?: Problem } = {};
  try {
    const { outputFiles } = await buildCode({
      entryPoints: [realpathSync(file)],
      ...{ bundle: true, write: false, format: 'cjs', platform: 'neutral', target: 'node24', logLevel: 'silent' },
      ...{ sourcemap: 'external', sourcesContent: false, tsconfigRaw: '{}', legalComments: 'none', outdir: folder },
      plugins: [ownFilesAndCdk(folder, found)],
    });
    const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
    return { script: { code: textOf('.js'), fileName }, ...sourceLines(fileName, textOf('.map'), folder) };
  } catch (error) {
    const failure = error as BuildFailure;
    const line = failure.errors?.[0]?.location?.line;
    return found.problem ? { line, ...found.problem } : syntaxProblem(failure);
  }
}

function syntaxProblem({ errors: [first] = [] }: BuildFailure): Problem {
  return {
    what: `SyntaxError: ${first?.text ?? 'the file cannot be read'}`,
    why: 'your code is not valid TypeScript',
    fix: 'Fix this line or the line before it',
    line: first?.location?.line,
  };
}

/** Namespace of the files that this plugin reads, so that the bundler follows no link to another file. */
const OWN = 'own';

function ownFilesAndCdk(folder: string, found: { problem?: Problem }): Plugin {
  const fail = (problem: Problem) => {
    found.problem ??= problem;
    return { errors: [{ text: problem.what }] };
  };
  const own = (specifier: string, path: string): OnResolveResult => {
    if (!existsSync(path)) return fail(notFound(specifier));
    const file = realpathSync(path);
    const allowed = file.startsWith(`${folder}${sep}`) && ['.ts', '.js'].includes(extname(file));
    const stats = statSync(file);
    if (!allowed || !stats.isFile() || stats.size > MAX_SOURCE) return fail(notAllowed(specifier));
    return { path: file, namespace: OWN };
  };
  return {
    name: 'own-files-and-cdk',
    setup: (build) => {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return own(path, path);
        if (CDK.test(path)) return { path, external: true };
        return path.startsWith('.') ? own(path, resolve(dirname(importer), path)) : fail(notAllowed(path));
      });
      build.onLoad({ filter: /.*/, namespace: OWN }, ({ path }) => {
        try {
          return { contents: readSource(path), loader: 'js', resolveDir: dirname(path) };
        } catch (error) {
          return fail(notParsed(error as Error));
        }
      });
    },
  };
}

/** Reads a file and removes its types, exactly as Node does in production. */
function readSource(file: string): string {
  const code = readFileSync(file, 'utf8').replaceAll('sourceMappingURL', 'sourceMappingURI');
  const { emitWarning } = process;
  try {
    // Node warns that this function is experimental, which does not concern learners.
    process.emitWarning = () => undefined;
    return extname(file) === '.ts' ? stripTypeScriptTypes(code) : code;
  } finally {
    process.emitWarning = emitWarning;
  }
}

const notParsed = ({ message, stack = '' }: Error): Problem => ({
  what: `SyntaxError: ${message.split('\n')[0]}`,
  why: 'Node removes the type annotations from your code, and cannot parse the rest',
  fix: 'Fix this line or the line before it',
  // The file never ran, so the stack of its error begins with the position of the error.
  line: Number(/^[^\n]*?:(\d+)/.exec(stack)?.[1]) || undefined,
});

const notFound = (specifier: string): Problem => ({
  what: `Cannot find module '${specifier}'`,
  why: 'an import names a file that does not exist',
  fix: 'Correct the path of the import; it must end in .ts',
});

const notAllowed = (specifier: string): Problem => ({
  what: `your file imports '${specifier}'`,
  why: 'during a check, a construct may import only constructs, aws-cdk-lib and small files in its own folder',
  fix: 'Remove the import',
});
