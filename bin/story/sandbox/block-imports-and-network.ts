import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

/** Thrown for an import of a module that the learner's file may not use. */
export class ImportRejected extends Error {
  readonly specifier: string;
  constructor(specifier: string) {
    super(`the import of ${specifier} is not allowed`);
    this.specifier = specifier;
  }
}

const NETWORK = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'navigator', 'Worker', 'BroadcastChannel'];

/**
 * Blocks the network and the built-in modules, which Node's permission model allows in Node 24. It must be called after
 * the sandbox has imported its own modules.
 *
 * It limits the damage of mistakes. It does not confine code that was written to escape.
 */
export function confine(readable: readonly string[]): void {
  onlyImportsFrom(readable);
  for (const name of NETWORK) {
    const value = () => forbidden(name);
    if (name in globalThis) Object.defineProperty(globalThis, name, { value, configurable: true });
  }
  const forbiddenCalls = ['exit', 'reallyExit', 'abort', 'kill', 'getBuiltinModule', 'binding', 'dlopen', 'chdir'];
  const { platform, version, versions, hrtime, nextTick } = process;
  const value = Object.freeze({
    ...{ platform, version, versions, hrtime, nextTick, env: Object.freeze({}), argv: Object.freeze([]) },
    ...Object.fromEntries(forbiddenCalls.map((name) => [name, () => forbidden(`process.${name}`)])),
  });
  Object.defineProperty(globalThis, 'process', { value });
  Object.defineProperty(globalThis, 'console', { value: plainConsole() });
}

const STDOUT = 1;

/**
 * Returns a console that only prints. Node's own console has a stream, through whose constructor code can reach the
 * network.
 */
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
  throw new Error(`${name} was called; the function must use only its arguments and return its result`);
}

/**
 * Module format by file extension, regardless of package.json. CommonJS is excluded, because its loader can load any
 * module.
 */
const FORMATS: Readonly<Record<string, string>> = { '.ts': 'module-typescript', '.js': 'module' };
const formatOf = (url: string): string | undefined => FORMATS[extname(new URL(url).pathname)];

/** Allows imports only from these folders and files, and no built-in modules. */
function onlyImportsFrom(readable: readonly string[]): void {
  const allowed = readable.map((path) => pathToFileURL(path).href);
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      if (allowed.some((url) => resolved.url.startsWith(url)) && formatOf(resolved.url)) return resolved;
      throw new ImportRejected(specifier);
    },
    load: (url, context, next) => {
      const format = formatOf(url);
      return { ...next(url, { ...context, format }), format };
    },
  });
}
