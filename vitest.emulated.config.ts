import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const DEPLOYED_WITHIN_MS = 300_000;

/** Each file deploys everything to an emulated AWS of its own, and waits for servers half of the time: two at once, and nothing else. */
export default defineConfig({
  test: {
    include: ['test/end-to-end/emulated/**/*.test.ts'],
    maxWorkers: 2,
    // As in vitest.config.ts.
    env: { PYTHONDONTWRITEBYTECODE: '', NODE_COMPILE_CACHE: resolve('.agentbricks/compiled') },
    testTimeout: DEPLOYED_WITHIN_MS,
    hookTimeout: DEPLOYED_WITHIN_MS,
  },
});
