import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { environmentWith } from '#adapters/composition/config.ts';
import { TOPICS } from '#domain/events/topics.ts';
import { startKafka } from '../servers/kafka.ts';
import { startMiniStack } from '../servers/ministack.ts';
import { startRedis } from '../servers/redis.ts';

export interface Servers extends AsyncDisposable {
  /** Of the emulated AWS. */
  readonly endpoint: string;
  readonly brokers: readonly string[];
  readonly cacheUrl: string;
  /** Gone with the servers. */
  readonly folder: string;
}

const FOLDER = resolve('.agentbricks/emulated');

/** The emulated AWS, and the real servers that stand in for what it lacks; all on 127.0.0.1 and without data. */
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

/** Below the repository, so that a function finds the packages that on AWS come with the runtime and with the layers. */
function temporaryFolder(): string {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, 'run-'));
  // The emulator's own scripts are no modules, and the repository's package.json says that all here are.
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}');
  return folder;
}

/** Functions run with the Node.js that runs this, and not with the first on the machine's path. */
const environmentOf = (folder: string) => ({
  TMPDIR: folder,
  PATH: `${dirname(process.execPath)}:${environmentWith({}).PATH}`,
});
