import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { environmentWith } from '#adapters/composition/read-config.ts';
import { TOPICS } from '#domain/events/event-log-topics.ts';
import { startKafka } from '../servers/install-and-start-kafka.ts';
import { startMiniStack } from '../servers/install-and-start-ministack.ts';
import { startRedis } from '../servers/start-redis.ts';

export interface Servers extends AsyncDisposable {
  /** URL of the emulated AWS. */
  readonly endpoint: string;
  readonly brokers: readonly string[];
  readonly cacheUrl: string;
  /** Temporary folder, deleted together with the servers. */
  readonly folder: string;
}

const FOLDER = resolve('.agentbricks/emulated');

/** Starts the emulated AWS, and real servers for the services that it lacks. All run on 127.0.0.1 and are empty. */
export async function startServers(): Promise<Servers> {
  await using started = new AsyncDisposableStack();
  const folder = started.adopt(temporaryFolder(), (path) => rmSync(path, { recursive: true, force: true }));
  const kafka = started.use(await startKafka());
  for (const topic of TOPICS) await kafka.createTopic(topic);
  const redis = started.use(await startRedis());
  const { endpoint } = started.use(await startMiniStack(environmentOf(folder), join(folder, 'ministack.log')));
  const running = started.move();
  return {
    endpoint,
    brokers: kafka.brokers,
    cacheUrl: `redis://127.0.0.1:${redis.port}`,
    folder,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Creates a folder inside the repository, so that functions find the packages that AWS provides with the runtime and layers. */
function temporaryFolder(): string {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, 'run-'));
  // The emulator's scripts are CommonJS, but the repository's package.json declares ES modules.
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}');
  return folder;
}

/** Returns variables with which the emulator runs functions with the current Node.js, not the first one in PATH. */
const environmentOf = (folder: string) => ({
  TMPDIR: folder,
  PATH: `${dirname(process.execPath)}:${environmentWith({}).PATH}`,
});
