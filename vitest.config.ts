import { defineConfig } from 'vitest/config';

const SLOW_MS = 60_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
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
