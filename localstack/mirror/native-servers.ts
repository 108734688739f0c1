import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';
import { hasKafka, KAFKA_INSTALL_HINT } from '../servers/kafka.ts';
import { hasMiniStack, MINISTACK } from '../servers/ministack.ts';
import { startMlflowIn } from '../servers/mlflow.ts';
import { hasPrometheus, PROMETHEUS_INSTALL_HINT } from '../servers/prometheus.ts';
import { REDIS_INSTALL_HINT, startRedis } from '../servers/redis.ts';
import { isInstalled, startServer } from '../servers/server-process.ts';
import { makeTables } from './create-tables.ts';
import { startMirrorKafka } from './kafka.ts';
import { httpUrl, LOOPBACK, type Ports } from './mirror-environment.ts';
import { startPrometheus } from './prometheus.ts';

/** A server of the mirror as a process of this machine. */
interface NativeServer {
  /** The program, for people. */
  readonly program: string;
  readonly isThere: () => boolean;
  /** How to get it. */
  readonly how: string;
  start(folder: string, port: number): Promise<AsyncDisposable>;
}

const PYTHON_INSTALL_HINT = 'On Debian: apt install python3-venv.';

/** Every one but Grafana, which there is only as an image. MLflow takes long to install: it is started when it is wanted. */
export const NATIVE = {
  aws: { program: 'MiniStack', isThere: hasMiniStack, how: PYTHON_INSTALL_HINT, start: startMirrorAws },
  cache: {
    program: 'Redis',
    isThere: () => isInstalled('redis-server'),
    how: REDIS_INSTALL_HINT,
    start: (_, port) => startRedis(port),
  },
  kafka: { program: 'Apache Kafka', isThere: hasKafka, how: KAFKA_INSTALL_HINT, start: startMirrorKafka },
  prometheus: {
    program: 'Prometheus',
    isThere: hasPrometheus,
    how: PROMETHEUS_INSTALL_HINT,
    start: (folder, port) => startPrometheus({ folder, port }),
  },
  mlflow: { program: 'MLflow', isThere: () => isInstalled('python3'), how: PYTHON_INSTALL_HINT, start: startMlflowIn },
} as const satisfies Partial<Record<keyof Ports, NativeServer>>;
export type NativeName = keyof typeof NATIVE;

export class ServerMissing extends BrickError {
  override readonly code = 'BRICK_SERVER_MISSING';
  constructor(missing: readonly NativeServer[]) {
    super({
      what: `${missing.map(({ program }) => program).join(', ')} cannot be started`,
      why: 'this machine does not have what it takes',
      fix: [...new Set(missing.map(({ how }) => how.replace(/\.$/, '')))].join('; '),
    });
  }
}

interface NativeOptions {
  /** Where their data stay. */
  readonly folder: string;
  readonly ports: Ports;
  readonly names: readonly NativeName[];
  readonly onReady: (name: NativeName, milliseconds: number) => void;
}

/** Starts them all at once. @throws ServerMissing before anything is started; or why one did not start, when all are stopped again */
export async function startNative({ folder, ports, names, onReady }: NativeOptions): Promise<AsyncDisposable> {
  const servers = names.map((name): [NativeName, NativeServer] => [name, NATIVE[name]]);
  const missing = servers.map(([, server]) => server).filter(({ isThere }) => !isThere());
  if (missing.length > 0) throw new ServerMissing(missing);
  const running = new AsyncDisposableStack();
  const began = performance.now();
  const started = await Promise.allSettled(
    servers.map(async ([name, server]) => {
      const place = join(folder, name);
      mkdirSync(place, { recursive: true });
      running.use(await server.start(place, ports[name]));
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

async function startMirrorAws(folder: string, port: number): Promise<AsyncDisposable> {
  const endpoint = httpUrl(port);
  const server = await startServer(MINISTACK, [], {
    ready: async () => (await fetch(`${endpoint}/_localstack/health`)).ok,
    env: { GATEWAY_PORT: String(port), BIND_HOST: LOOPBACK },
    output: join(folder, 'output.txt'),
  });
  await makeTables(endpoint);
  return server;
}
