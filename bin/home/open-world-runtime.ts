import { latestIngest } from '../../localstack/embedded/city/state/find-latest-ingest-time.ts';
import { openRuntime, type Runtime } from '../../localstack/embedded/host/open-runtime.ts';
import { type ExistingWorld, existingWorld, type WorldOptions } from './find-existing-world.ts';
import { useTemporaryFolder } from './put-temporary-files-under-home.ts';

export interface RunningWorld extends ExistingWorld {
  readonly runtime: Runtime;
  /** Time at which the newest event was ingested, UTC epoch milliseconds. */
  readonly newest?: number;
}

/**
 * Opens the runtime of a world, runs the work and closes the runtime. The clock is set to one millisecond after the
 * newest event, because the times of a world's events are simulated or imported.
 *
 * @throws WorldNotFound, FolderInUse while another process runs the world
 */
export async function withWorldRuntime<Result>(
  options: WorldOptions,
  work: (world: RunningWorld) => Promise<Result>,
): Promise<Result> {
  const world = existingWorld(options);
  using _temporary = useTemporaryFolder(options.home);
  let now = Date.now();
  await using runtime = await openRuntime({ dataDir: world.folder, now: () => now });
  const newest = await latestIngest(runtime.ports.eventLog);
  now = (newest ?? now) + 1;
  return await work({ ...world, runtime, newest });
}
