import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const DEPLOYED_WITHIN_MS = 300_000;

/** Deploys everything to an emulated AWS: too heavy to run beside other tests. */
export default defineConfig({
  test: {
    include: ['test/emulated/**/*.test.ts'],
    fileParallelism: false,
    // As in vitest.config.ts.
    env: { PYTHONDONTWRITEBYTECODE: '', NODE_COMPILE_CACHE: resolve('.agentbricks/compiled') },
    testTimeout: DEPLOYED_WITHIN_MS,
    hookTimeout: DEPLOYED_WITHIN_MS,
  },
});
