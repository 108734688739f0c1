import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { CollectReply, RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { openApiDocument } from '../../../functions/platform/build-openapi-document.ts';
import { type Trigger, triggers } from '../../../functions/triggers.ts';
import { type Document, docsPage } from '../../../localstack/embedded/http/render-api-docs-page.ts';

interface Node {
  readonly type?: unknown;
  readonly format?: string;
  readonly maximum?: number;
  readonly discriminator?: { readonly propertyName?: string; readonly mapping?: Readonly<Record<string, string>> };
  readonly oneOf?: readonly { readonly $ref?: string }[];
}

const document = openApiDocument() as Document & {
  readonly openapi: string;
  readonly security?: readonly object[];
  readonly components?: { readonly securitySchemes?: object };
};
/** Returns all objects of a document, its schemas among them. */
const nodesOf = (value: unknown): Node[] =>
  typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(nodesOf)] : [];
const schemas = nodesOf(document);
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

  it('has only discriminators that are required strings, with a mapping', () => {
    expect(schemas.length).toBeGreaterThan(20);
    for (const { discriminator, oneOf = [] } of schemas.filter((schema) => schema.discriminator)) {
      const { propertyName = '', mapping = {} } = discriminator ?? {};
      expect(Object.values(mapping).sort()).toEqual(oneOf.map(({ $ref }) => $ref).sort());
      for (const { $ref = '' } of oneOf) {
        const member = document.components?.schemas?.[$ref.split('/').at(-1) ?? ''];
        expect(member?.required).toContain(propertyName);
        expect(member?.properties?.[propertyName]?.const).toBeTypeOf('string');
      }
    }
  });

  it('declares 64 bits for every integer that may exceed 32 bits', () => {
    const integers = schemas.filter(({ type }) => type === 'integer');
    const formats = integers.map(({ maximum = 2 ** 53, format }) => [maximum > 2 ** 31 - 1, format === 'int64']);
    expect(new Set(formats.map(String))).toEqual(new Set(['true,true', 'false,false']));
  });

  it('describes each kind of credentials, and the responses without them', () => {
    const { security = [], components = {} } = document;
    expect(Object.keys(components.securitySchemes ?? {})).toEqual(['apiKey', 'jwt', 'iam']);
    expect(security.flatMap(Object.keys)).toEqual(['apiKey', 'jwt', 'iam']);
    // The embedded API requires no credentials.
    expect(security[0]).toEqual({});
    for (const operation of Object.values(document.paths).flatMap(Object.values)) {
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403', '504']));
    }
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
