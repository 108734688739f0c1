import { flushCompileCache } from 'node:module';
import { startBackground } from '../../../localstack/embedded/host/background-triggers.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';

/**
 * Starts a server process that tests can kill: `node agentbricks-server-to-kill.ts FOLDER`. It prints its URL once it listens.
 */
const [folder = ''] = process.argv.slice(2);
const runtime = await openRuntime({ dataDir: folder });
startBackground(runtime, { deliverEvery: 20, onError: () => {} });
const { url } = await runtime.listen(0);
process.stdout.write(`${url}\n`);
// Writes the compile cache now, because a killed process cannot write it when it ends.
flushCompileCache();
