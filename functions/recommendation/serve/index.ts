import { parseArgs } from 'node:util';
import { onAws } from '#adapters/lambda/lambda-entry.ts';
import type { ObservedContext } from '#adapters/lambda/observe-handler.ts';
import { recommend } from '../recommend/handler.ts';
import { type Handle, serve } from './server.ts';

/** Each stage of a request has a budget of its own; nothing cuts the whole off. */
const { signal } = new AbortController();

/** Serving as a container: the function's own handler behind a server. On a stop it answers what it was asked, and ends. */
const handler = recommend(await onAws());
const handle: Handle = (event) => handler(event, {} as ObservedContext, { signal }) as ReturnType<Handle>;
const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } });
const server = serve('GET /v1/recommendations', handle).listen(Number(values.port));
process.once('SIGTERM', () => {
  server.close(() => process.exit());
  server.closeIdleConnections();
});
