import { join } from 'node:path';

const ADAPTERS = join(import.meta.dirname, '../../../layers/adapters');

/** How a function becomes one file: options of esbuild, in its own names. */
export const BUNDLING = {
  target: 'node24',
  mainFields: ['module', 'main'],
  /**
   * Come in layers (layers/native) or with the runtime. A bundle imports all of them before anything else, also for what it
   * loads later: who may be bundled into a function without the layer imports by `await import('package')`.
   */
  external: ['@aws-sdk/*', '@duckdb/*', 'onnxruntime-node', 'usearch'],
  alias: {
    // Its WebAssembly as text in the code: a file beside the bundle would not be found.
    '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled',
    'ajv/dist/2020.js': join(ADAPTERS, 'event-log/lazy-ajv.ts'),
  },
  /** Bundled CommonJS packages still call `require`. */
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
};
