import { listeners } from '../../../localstack/embedded/city/combine-listeners.ts';
import { runCity } from '../../../localstack/embedded/city/run-city-with-weekly-retraining.ts';
import { createDashboard } from '../../../localstack/embedded/dashboard/update-and-serve-live-view.ts';

/** A line that the program, or the shell that runs it, prints: what has just happened. */
export type Line =
  | { readonly url: string; readonly pid: number }
  | { readonly hour: number }
  | { readonly paused: string | null }
  | { readonly waiting: string; readonly error: string }
  | { readonly resumed: string }
  | { readonly failed: string; readonly error: string }
  | { readonly ended: number };

const SIZE = { seed: 1, agents: 60, titles: 40, days: 1 };
const HOURS_PER_SECOND = 3_600;

/** Runs a small city until SIGINT: `node city-on-small-disk.ts FOLDER`. */
const [dataDir = ''] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const say = (line: Line) => void process.stdout.write(`${JSON.stringify(line)}\n`);
const dashboard = createDashboard({ dataDir, isHeldBack: () => false });
const listener = listeners(dashboard, {
  onHour: ({ hour }) => say({ hour }),
  onPaused: (pause) => say({ paused: pause?.error ?? null }),
  onWaiting: ({ name, error }) => say({ waiting: name, error }),
  onResumed: ({ name }) => say({ resumed: name }),
  onRuntime: (runtime) => void runtime?.listen(0, dashboard.routes()).then(({ url }) => say({ url, pid: process.pid })),
});
const onError = (work: string, error: unknown) => say({ failed: work, error: (error as Error).message });
await runCity({ dataDir, size: SIZE, listener, signal: stop.signal }, { speed: 10 * HOURS_PER_SECOND, onError });
dashboard.close();
