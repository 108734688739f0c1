import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const SLOW_MS = 60_000;
/** Number of parallel workers. By default, vitest leaves one core free, so two cores would run only one worker. */
const WORKERS = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // vitest.emulated.config.ts runs these tests.
    exclude: ['test/end-to-end/emulated/**'],
    maxWorkers: WORKERS,
    // Test files in one worker share imported modules, because importing CDK takes seconds. Therefore, each test must
    // restore the process state that it changes.
    isolate: false,
    env: {
      // Threads of two parallel trainings would wait for each other.
      OMP_NUM_THREADS: '1',
      // Some environments disable Python's bytecode cache, and without it each import of PyTorch takes 4 s longer.
      PYTHONDONTWRITEBYTECODE: '',
      // Caches compiled code between commands: compilation takes half of a command's startup.
      NODE_COMPILE_CACHE: resolve('.agentbricks/compiled'),
    },
    testTimeout: SLOW_MS,
    hookTimeout: SLOW_MS,
    coverage: {
      provider: 'v8',
      // One failed test must not hide a limit that is not met.
      reportOnFailure: true,
      include: ['{bin,functions,layers,lib,localstack,stories}/**/*.{ts,tsx}'],
      exclude: [
        'functions/*/*/index.ts',
        // Programs that steps judge: they run only in confined processes, whose lines are not counted.
        'stories/movie-recommender/*/*/{exercise,solution,examples}.ts',
        'stories/movie-recommender/*/*/{variants,mutants}/**',
      ],
      thresholds: {
        '{functions,layers}/**': { lines: 90 },
        'bin/**': { lines: 80 },
        'lib/**': { lines: 80 },
        'localstack/**': { lines: 80 },
        'stories/**': { lines: 80 },
      },
    },
  },
});
