import { flushCompileCache } from 'node:module';
import { startBackground } from '../../../localstack/embedded/host/background-triggers.ts';
import { openRuntime } from '../../../localstack/embedded/host/runtime.ts';

/** A server process for tests to kill: `node standalone-server.ts FOLDER`. It prints its address once it listens. */
const [folder = ''] = process.argv.slice(2);
const runtime = await openRuntime({ dataDir: folder });
startBackground(runtime, { deliverEvery: 20, onError: () => {} });
const { url } = await runtime.listen(0);
process.stdout.write(`${url}\n`);
// A killed process does not write the compile cache at its end.
flushCompileCache();
