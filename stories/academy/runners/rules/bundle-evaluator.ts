import { join } from 'node:path';
import { buildCode } from '../../confinement/run-esbuild-with-retry.ts';

let bundled: Promise<string> | undefined;

/** Returns the program of the confined process, which reads a rule file and evaluates it, as one ES module. */
export function evaluatorCode(): Promise<string> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<string> {
  const { outputFiles } = await buildCode({
    entryPoints: [join(import.meta.dirname, 'inside/main.ts')],
    ...{ bundle: true, write: false, format: 'esm', target: 'node24', logLevel: 'silent', minify: true },
    // The YAML parser's build for browsers is an ES module; the one for Node needs require().
    ...{ platform: 'browser', external: ['node:*'] },
  });
  return outputFiles[0]?.text ?? '';
}
