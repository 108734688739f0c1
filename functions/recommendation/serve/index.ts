import { parseArgs } from 'node:util';
import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import type { ObservedContext } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { explore } from '#seams/explore';
import { recommend } from '../recommend/handler.ts';
import { type Handle, serve } from './http-server-for-handler.ts';

/** Signal that is never aborted, because each stage of a request has its own time limit. */
const { signal } = new AbortController();

/**
 * Handler of the serving container: the function `recommend` behind an HTTP server. On SIGTERM, the server completes
 * running requests and exits.
 */
const { allowedHosts, ...ports } = await onAws();
const handler = recommend({ ...ports, explore });
const handle: Handle = (event) => handler(event, {} as ObservedContext, { signal }) as ReturnType<Handle>;
const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } });
const server = serve('GET /v1/recommendations', handle, allowedHosts).listen(Number(values.port));
process.once('SIGTERM', () => {
  server.close(() => process.exit());
  server.closeIdleConnections();
});
