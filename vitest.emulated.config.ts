import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const DEPLOYED_WITHIN_MS = 300_000;

/**
 * Deploys everything to a separate emulated AWS per file. Two files run in parallel, because each is idle half of the time while
 * servers start.
 */
export default defineConfig({
  test: {
    include: ['test/end-to-end/emulated/**/*.test.ts'],
    maxWorkers: 2,
    // See vitest.config.ts.
    env: { PYTHONDONTWRITEBYTECODE: '', NODE_COMPILE_CACHE: resolve('.agentbricks/compiled') },
    testTimeout: DEPLOYED_WITHIN_MS,
    hookTimeout: DEPLOYED_WITHIN_MS,
  },
});
