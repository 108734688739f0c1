import { join } from 'node:path';
import { buildCode } from '../../confinement/run-esbuild-with-retry.ts';

let bundled: Promise<string> | undefined;

/** Returns the program of the confined process, which is passed on the command line. */
export function harnessCode(): Promise<string> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<string> {
  const { outputFiles } = await buildCode({
    entryPoints: [join(import.meta.dirname, 'inside/main.ts')],
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node24', logLevel: 'silent' },
  });
  return outputFiles[0]?.text ?? '';
}
