import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { buildCode } from '../../confinement/run-esbuild-with-retry.ts';

const bundled = new Map<string, Promise<string>>();

/**
 * Returns a program of the confined process as one ES module, which is passed on the command line.
 *
 * @param program path of its entry point in this folder @default - the program that interprets scenarios
 */
export function interpreterCode(program = 'inside/main.ts'): Promise<string> {
  const code = bundled.get(program) ?? bundle(join(import.meta.dirname, program));
  bundled.set(program, code);
  return code;
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await buildCode({
    entryPoints: [entry],
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node24', logLevel: 'silent' },
    // Linux limits one argument of a command line to 128 KB.
    minify: true,
    plugins: [withoutUnused],
  });
  return outputFiles[0]?.text ?? '';
}

/**
 * Packages that the interpreter imports but does not need here: the judge answers all calls to AWS, and validates the
 * definition.
 */
const UNUSED = /^(?:@aws-sdk\/.*|asl-validator)$/;

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup: (build) => {
    build.onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace: 'unused' }));
    build.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};
