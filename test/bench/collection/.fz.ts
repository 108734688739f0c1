import { openRuntime } from '../../../localstack/embedded/runtime.ts';
import { docsRoutes } from '../../../localstack/embedded/docs-routes.ts';
const runtime = await openRuntime({ dataDir: process.argv[2] });
const { url } = await runtime.listen(0, docsRoutes);
process.stdout.write(url + '\n');
