import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const SLOW_MS = 60_000;
/** Vitest leaves one core free, which on two is half of them. */
const WORKERS = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those have a configuration of their own.
    exclude: ['test/end-to-end/emulated/**'],
    maxWorkers: WORKERS,
    // A worker keeps what its files import: CDK alone takes some seconds each time. So a test puts back what it changes of the process.
    isolate: false,
    env: {
      // Two trainings at a time wait for one another's threads.
      OMP_NUM_THREADS: '1',
      // A machine may forbid Python to keep byte code, and PyTorch without it takes 4 s longer to load, each time.
      PYTHONDONTWRITEBYTECODE: '',
      // Half of a command's start is compiling: what was compiled for one is there for the next.
      NODE_COMPILE_CACHE: resolve('.agentbricks/compiled'),
    },
    testTimeout: SLOW_MS,
    hookTimeout: SLOW_MS,
    coverage: {
      provider: 'v8',
      include: ['layers/**/*.ts', 'functions/**/*.ts'],
      exclude: ['functions/*/*/index.ts'],
      thresholds: { lines: 90 },
    },
  },
});
