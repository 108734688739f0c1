import { type BuildOptions, type BuildResult, build, stop } from 'esbuild';

type InMemory = BuildOptions & { write: false };

/**
 * Runs esbuild. If its process has ended, for instance because the system had too little memory, esbuild's own `build`
 * would fail until this process ends. In this case, the build runs once more in a new process.
 *
 * @throws BuildFailure
 */
export async function buildCode(options: InMemory): Promise<BuildResult<InMemory>> {
  try {
    return await build(options);
  } catch (error) {
    if (!/service (is no longer running|was stopped)/.test(String(error))) throw error;
    await stop();
    return await build(options);
  }
}
