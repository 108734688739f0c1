import { openRuntime } from '../../../localstack/embedded/host/runtime.ts';
import { fillWorld } from './world-tables.ts';

/** `node fill.ts FOLDER MODEL`: a world of the bench's size in FOLDER. */
const [dataDir = '', model = ''] = process.argv.slice(2);
await using runtime = await openRuntime({ dataDir });
await fillWorld(runtime.ports, model);
