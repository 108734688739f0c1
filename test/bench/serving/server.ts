import { openRuntime } from '../../../localstack/embedded/host/runtime.ts';

/** The embedded runtime, as it is by default, without consumers: `node server.ts FOLDER`. Prints its address when it has answered once. */
const [dataDir = ''] = process.argv.slice(2);
const runtime = await openRuntime({ dataDir });
const { url } = await runtime.listen(0);
await fetch(`${url}/v1/recommendations?userId=u-0`);
process.stdout.write(`${url}\n`);
