import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import { hasKafka, KAFKA_INSTALL_HINT } from '../servers/install-and-start-kafka.ts';
import { hasMiniStack, MINISTACK } from '../servers/install-and-start-ministack.ts';
import { hasPrometheus, PROMETHEUS_INSTALL_HINT } from '../servers/run-promtool.ts';
import { isInstalled, startServer } from '../servers/server-process.ts';
import { startMlflowIn } from '../servers/start-mlflow.ts';
import { REDIS_INSTALL_HINT, startRedis } from '../servers/start-redis.ts';
import { makeTables } from './create-tables.ts';
import { httpUrl, LOOPBACK, type Ports } from './ports-tables-and-variables.ts';
import { startMirrorKafka } from './start-kafka.ts';
import { type Prometheus, startPrometheus } from './start-prometheus.ts';

/** A server of the mirror that runs as a process on this machine. */
interface NativeServer {
  /** Displayed name of the program. */
  readonly program: string;
  readonly isAvailable: () => boolean;
  /** Installation hint. */
  readonly installHint: string;
  start(folder: string, port: number): Promise<AsyncDisposable>;
}

const PYTHON_INSTALL_HINT = 'On Debian: apt install python3-venv.';

/**
 * Servers of the mirror that can run as a process: all except Grafana, which exists only as a container image. MLflow
 * starts only on request, because its installation takes long.
 */
export const NATIVE = {
  aws: { program: 'MiniStack', isAvailable: hasMiniStack, installHint: PYTHON_INSTALL_HINT, start: startMirrorAws },
  cache: {
    program: 'Redis',
    isAvailable: () => isInstalled('redis-server'),
    installHint: REDIS_INSTALL_HINT,
    start: (_, port) => startRedis(port),
  },
  kafka: { program: 'Apache Kafka', isAvailable: hasKafka, installHint: KAFKA_INSTALL_HINT, start: startMirrorKafka },
  prometheus: {
    program: 'Prometheus',
    isAvailable: hasPrometheus,
    installHint: PROMETHEUS_INSTALL_HINT,
    start: (folder, port) => startPrometheus({ folder, port }),
  },
  mlflow: {
    program: 'MLflow',
    isAvailable: () => isInstalled('python3'),
    installHint: PYTHON_INSTALL_HINT,
    start: startMlflowIn,
  },
} as const satisfies Partial<Record<keyof Ports, NativeServer>>;
export type NativeName = keyof typeof NATIVE;

export class ServerMissing extends BrickError {
  override readonly code = 'BRICK_SERVER_MISSING';
  constructor(missing: readonly NativeServer[]) {
    super({
      what: `${missing.map(({ program }) => program).join(', ')} cannot be started`,
      why: 'these programs are not installed on this machine',
      fix: [...new Set(missing.map(({ installHint }) => installHint.replace(/\.$/, '')))].join('; '),
    });
  }
}

interface NativeOptions {
  /** Folder for the servers' data. */
  readonly folder: string;
  readonly ports: Ports;
  readonly names: readonly NativeName[];
  readonly onReady: (name: NativeName, milliseconds: number) => void;
  /** Called when Prometheus has started. @returns what to dispose before it stops */
  readonly onPrometheus?: (prometheus: Pick<Prometheus, 'useRules'>) => Disposable;
}

/**
 * Starts all servers in parallel.
 *
 * @throws ServerMissing if a program is not installed, before any server starts; the first error of a start, after the
 * started servers were stopped
 */
export async function startNative({
  folder,
  ports,
  names,
  onReady,
  onPrometheus,
}: NativeOptions): Promise<AsyncDisposable> {
  const servers = names.map((name): [NativeName, NativeServer] => [name, NATIVE[name]]);
  const missing = servers.map(([, server]) => server).filter(({ isAvailable }) => !isAvailable());
  if (missing.length > 0) throw new ServerMissing(missing);
  const running = new AsyncDisposableStack();
  const began = performance.now();
  const started = await Promise.allSettled(
    servers.map(async ([name, server]) => {
      const place = join(folder, name);
      mkdirSync(place, { recursive: true });
      const one = running.use(await server.start(place, ports[name]));
      if (onPrometheus && isPrometheus(one)) running.use(onPrometheus(one));
      onReady(name, performance.now() - began);
    }),
  );
  const failed = started.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await running.disposeAsync();
    throw failed.reason;
  }
  return running;
}

const isPrometheus = (server: AsyncDisposable): server is Prometheus => 'useRules' in server;

/** Starts MiniStack, and creates the missing tables. */
async function startMirrorAws(folder: string, port: number): Promise<AsyncDisposable> {
  const endpoint = httpUrl(port);
  await using started = new AsyncDisposableStack();
  started.use(
    await startServer(MINISTACK, [], {
      ready: async () => (await fetch(`${endpoint}/_localstack/health`)).ok,
      env: { GATEWAY_PORT: String(port), BIND_HOST: LOOPBACK },
      output: join(folder, 'output.txt'),
    }),
  );
  await makeTables(endpoint);
  return started.move();
}
