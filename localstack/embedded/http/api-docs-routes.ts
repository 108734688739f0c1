import { openApiDocument } from '../../../functions/platform/build-openapi-document.ts';
import { type Route, send } from './http-server.ts';
import { docsPage } from './render-api-docs-page.ts';

const OK = 200;

/**
 * Routes of the API's documentation: a page for people and the OpenAPI document for programs. Each request generates
 * them.
 */
export const docsRoutes: readonly Route[] = [
  { path: '/docs', respond: (_, response) => send(response, OK, 'text/html; charset=utf-8', docsPage()) },
  {
    path: '/openapi.json',
    respond: (_, response) => send(response, OK, 'application/json', JSON.stringify(openApiDocument())),
  },
];
