import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

/** A learner's file asked for something that a pure function does not need. */
export class ImportRefused extends Error {
  readonly specifier: string;
  constructor(specifier: string) {
    super(`import of ${specifier} refused`);
    this.specifier = specifier;
  }
}

const NETWORK = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'navigator', 'Worker', 'BroadcastChannel'];

/**
 * What Node's permission model leaves open in Node 24: the network, and the modules that lead to it. Call it after
 * everything that the sandbox itself needs is imported.
 *
 * It keeps a learner's mistakes from doing harm. It is no jail for code that was written to break out of one.
 */
export function confine(readable: readonly string[]): void {
  onlyImportsFrom(readable);
  for (const name of NETWORK) {
    const value = () => forbidden(name);
    if (name in globalThis) Object.defineProperty(globalThis, name, { value, configurable: true });
  }
  const refused = ['exit', 'reallyExit', 'abort', 'kill', 'getBuiltinModule', 'binding', 'dlopen', 'chdir'];
  const { platform, version, versions, hrtime, nextTick } = process;
  const value = Object.freeze({
    ...{ platform, version, versions, hrtime, nextTick, env: Object.freeze({}), argv: Object.freeze([]) },
    ...Object.fromEntries(refused.map((name) => [name, () => forbidden(`process.${name}`)])),
  });
  Object.defineProperty(globalThis, 'process', { value });
  Object.defineProperty(globalThis, 'console', { value: plainConsole() });
}

const STDOUT = 1;

/** It prints and no more: Node's own console leads to a stream, and that to the network. */
function plainConsole() {
  const print = (...args: unknown[]) => void writeSync(STDOUT, `${format(...args)}\n`);
  return Object.freeze({
    log: print,
    info: print,
    debug: print,
    warn: print,
    error: print,
    trace: print,
    table: print,
  });
}

function forbidden(name: string): never {
  throw new Error(`${name} was called; the function gets all it needs as arguments, and answers by its result`);
}

/** What files are taken for, whatever a package.json beside them says: CommonJS has a loader of everything at hand. */
const FORMATS: Readonly<Record<string, string>> = { '.ts': 'module-typescript', '.js': 'module' };
const formatOf = (url: string): string | undefined => FORMATS[extname(new URL(url).pathname)];

/** Modules may come from these places only, and none is built into Node. */
function onlyImportsFrom(readable: readonly string[]): void {
  const allowed = readable.map((path) => pathToFileURL(path).href);
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      if (allowed.some((url) => resolved.url.startsWith(url)) && formatOf(resolved.url)) return resolved;
      throw new ImportRefused(specifier);
    },
    load: (url, context, next) => {
      const format = formatOf(url);
      return { ...next(url, { ...context, format }), format };
    },
  });
}
