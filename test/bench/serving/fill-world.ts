import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import { fillWorld } from './write-world-tables.ts';

/** Fills FOLDER with a world of the bench's size: `node fill-world.ts FOLDER MODEL`. */
const [dataDir = '', model = ''] = process.argv.slice(2);
await using runtime = await openRuntime({ dataDir });
await fillWorld(runtime.ports, model);
