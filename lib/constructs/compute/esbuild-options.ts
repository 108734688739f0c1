import { join } from 'node:path';
import type { Brick } from '../../../functions/triggers.ts';

const ADAPTERS = join(import.meta.dirname, '../../../layers/adapters');

/**
 * Folders of SQL files, by brick. Each is copied next to the bundles of the brick's functions, under its own name, because the code
 * reads the files by their path.
 */
export const SQL_FOLDERS: Readonly<Partial<Record<Brick, string>>> = {
  'feature-engineering': 'functions/feature-engineering/views/sql',
};

/** esbuild options with which each function is bundled into one file. */
export const BUNDLING = {
  target: 'node24',
  mainFields: ['module', 'main'],
  /**
   * Packages that come from a layer (layers/native) or with the runtime. A bundle imports all of them at startup, even those in
   * lazily loaded modules. Code that may run in a function without the layer must use `await import('package')`.
   */
  external: ['@aws-sdk/*', '@duckdb/*', 'onnxruntime-node', 'usearch'],
  alias: {
    // This variant contains its WebAssembly as a string, because a separate file would not be in the bundle.
    '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled',
    'ajv/dist/2020.js': join(ADAPTERS, 'event-log/kafka-client-ajv-compiling-on-first-use.ts'),
  },
  /** Code that defines `require`, which CommonJS packages in the bundle call. */
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
};
