import type { ServerResponse } from 'node:http';
import { problem } from '../aws/api-gateway.ts';
import type { Route } from '../http/http-server.ts';
import type { liveFeed } from './live-feed.ts';
import type { AgentDay } from './live-message-types.ts';
import { bundlePage } from './page-bundle.ts';

const OK = 200;
const NOT_FOUND = 404;
const DAY_PATH = /^\/v1\/agents\/([\w-]{1,64})\/day$/;

/** Headers that allow the page only resources of this server, and forbid other pages to embed it. */
const SAFE = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

/** The page. Its icon is a data URL, because browsers would request /favicon.ico otherwise. */
const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="A city of simulated people and the recommender system that serves them, live">
<title>AgentBricks · live</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%233b6fe0' d='M1 9h6v6H1zm8 0h6v6H9zM5 1h6v6H5z'/%3E%3C/svg%3E">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body><div id="page"></div><noscript>This page needs JavaScript. The API is documented at <a href="/docs">/docs</a>.</noscript></body>
</html>
`;

interface Sources {
  readonly feed: Pick<ReturnType<typeof liveFeed>, 'accept'>;
  readonly day: (userId: string) => AgentDay | undefined;
}

/** Returns the routes of the page, its data and its feed. */
export function dashboardRoutes({ feed, day }: Sources): readonly Route[] {
  const bundle = bundlePage();
  // The error is reported to the client that requests the page; it must not end the process.
  bundle.catch(() => undefined);
  return [
    { path: '/', respond: (_, response) => send(response, OK, 'text/html', HTML) },
    {
      path: '/page.js',
      respond: async (_, response) => send(response, OK, 'text/javascript', (await bundle).script),
    },
    { path: '/page.css', respond: async (_, response) => send(response, OK, 'text/css', (await bundle).style) },
    { path: '/v1/live', isFeed: true, respond: (request, response) => feed.accept(request, response) },
    { path: '/v1/agents', below: true, respond: ({ url = '' }, response) => sendDay(response, url, day) },
  ];
}

function sendDay(response: ServerResponse, url: string, day: Sources['day']): void {
  const id = DAY_PATH.exec(url.split('?')[0] ?? '')?.[1];
  const found = id === undefined ? undefined : day(id);
  const body = found ? JSON.stringify(found) : unknownAgent().body;
  send(response, found ? OK : NOT_FOUND, 'application/json', body);
}

const unknownAgent = () =>
  problem(NOT_FOUND, 'BRICK_NO_AGENT', {
    what: 'the events that this agent had today are not available',
    why: 'no agent has this id, or the city has not simulated an hour since it was started',
    fix: 'Request /v1/agents/u-00000/day after the first simulated hour',
  });

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { ...SAFE, 'content-type': `${contentType}; charset=utf-8` }).end(body);
}
