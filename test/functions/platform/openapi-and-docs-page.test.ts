import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { CollectReply, RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { openApiDocument } from '../../../functions/platform/build-openapi-document.ts';
import { type Trigger, triggers } from '../../../functions/triggers.ts';
import { type Document, docsPage } from '../../../localstack/embedded/http/render-api-docs-page.ts';

const document = openApiDocument() as Document & { openapi: string };
const routes = (Object.values(triggers) as Trigger[]).flatMap(({ on }) => (on.kind === 'route' ? [on] : []));

describe('the OpenAPI document', () => {
  it('has version 3.1', () => expect(document.openapi).toBe('3.1.0'));

  it.each(routes)('describes $method $path', ({ method, path }) => {
    const operation = document.paths[path]?.[method.toLowerCase()];
    expect(operation?.summary).toMatch(/\S/);
    expect(operation?.description).toMatch(/\S/);
    expect(Object.keys(operation?.responses ?? {})).toEqual(expect.arrayContaining(['400', '500', '503']));
  });

  it('has no route without a handler', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('refers only to schemas that it contains', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(5);
    for (const [, name] of references) expect(document.components?.schemas).toHaveProperty(name as string);
  });

  it('gives examples that its own schemas accept', () => {
    const example = (path: string, method: string, status: string) =>
      document.paths[path]?.[method]?.responses[status]?.content?.['application/json']?.example;
    expect(() => CollectReply.parse(example('/v1/events', 'post', '202'))).not.toThrow();
    expect(() => RecommendReply.parse(example('/v1/recommendations', 'get', '200'))).not.toThrow();
    const body = document.paths['/v1/events']?.post?.requestBody?.content?.['application/json']?.example;
    expect(() => z.object({ events: z.array(ClientEvent).min(1) }).parse(body)).not.toThrow();
  });
});

describe('the documentation page', () => {
  const page = docsPage();

  it('shows every route, parameter and schema', () => {
    for (const { method, path } of routes) expect(page).toContain(`<code>${method} ${path}</code>`);
    for (const name of ['userId', 'country', 'x-request-id']) expect(page).toContain(`<code>${name}</code>`);
    for (const name of Object.keys(document.components?.schemas ?? {})) expect(page).toContain(`id="schema-${name}"`);
  });

  it('loads nothing and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|src=|https?:/i);
  });

  it('has a target for each of its links', () => {
    for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${id}"`);
  });

  it('shows text as text', () => {
    const hostile = { info: { title: '<script>alert(1)</script>', version: '"' }, paths: {} };
    expect(docsPage(hostile)).toContain('&lt;script&gt;alert(1)&lt;/script&gt; API');
  });
});
