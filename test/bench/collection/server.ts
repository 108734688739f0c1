import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';

/** Starts the embedded runtime in its default configuration without consumers: `node server.ts FOLDER`. Prints its URL. */
const [dataDir = ''] = process.argv.slice(2);
const runtime = await openRuntime({ dataDir });
const { url } = await runtime.listen(0);
process.stdout.write(`${url}\n`);
