import type { TriggerName } from '../../../functions/triggers.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';

/**
 * Runs a consumer that kills itself after its effect and before its commit: `node dying-consumer.ts FOLDER FUNCTION`.
 */
const [folder = '', name = ''] = process.argv.slice(2);
const runtime = await openRuntime({ dataDir: folder });
Object.assign(runtime.ports.eventLog, { commit: async () => void process.kill(process.pid, 'SIGKILL') });
await runtime.settle([name as TriggerName]);
