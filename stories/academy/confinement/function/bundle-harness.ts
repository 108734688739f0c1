import { join } from 'node:path';
import { buildCode } from '../run-esbuild-with-retry.ts';

/** The harness that calls pure functions. */
const FUNCTIONS = join(import.meta.dirname, 'inside/main.ts');

const bundled = new Map<string, Promise<string>>();

/**
 * Returns the program of the confined process as one ES module. It is passed on the command line, so the process needs
 * no file and starts 70 ms earlier than with the TypeScript files.
 *
 * @param entry absolute path of the program @default - the harness that calls pure functions
 */
export function harnessCode(entry = FUNCTIONS): Promise<string> {
  const code = bundled.get(entry) ?? bundle(entry);
  bundled.set(entry, code);
  return code;
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await buildCode({
    entryPoints: [entry],
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node24', logLevel: 'silent' },
  });
  return outputFiles[0]?.text ?? '';
}
