import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const DEPLOYED_WITHIN_MS = 300_000;

/**
 * Runs the tests that deploy all stacks to an emulated AWS, one per test file. Two files run in parallel, because each
 * is idle half of the time while servers start.
 */
export default defineConfig({
  test: {
    include: ['test/end-to-end/emulated/**/*.test.ts'],
    maxWorkers: 2,
    // vitest.config.ts explains these variables.
    env: { PYTHONDONTWRITEBYTECODE: '', NODE_COMPILE_CACHE: resolve('.agentbricks/compiled') },
    testTimeout: DEPLOYED_WITHIN_MS,
    hookTimeout: DEPLOYED_WITHIN_MS,
  },
});
