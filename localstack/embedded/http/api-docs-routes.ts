import { openApiDocument } from '../../../functions/platform/build-openapi-document.ts';
import { type Route, send } from './http-server.ts';
import { docsPage } from './render-api-docs-page.ts';

const OK = 200;

/** Returns a route that generates its content for the first request. */
function generated(path: string, contentType: string, generate: () => string): Route {
  let content: string | undefined;
  return {
    path,
    respond: (_, response) => {
      content ??= generate();
      send(response, OK, contentType, content);
    },
  };
}

/** Routes of the API's documentation: a page for people and the OpenAPI document for programs. */
export const docsRoutes: readonly Route[] = [
  generated('/docs', 'text/html; charset=utf-8', docsPage),
  generated('/openapi.json', 'application/json', () => JSON.stringify(openApiDocument())),
];
