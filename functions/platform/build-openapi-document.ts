import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { Id } from '#domain/core/event-fields.ts';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import {
  CORRELATION_HEADER,
  CollectReply,
  MAX_BATCH,
  Problem,
  REQUEST_HEADER,
  RecommendQuery,
  RecommendReply,
} from '#domain/events/collect-and-recommend-contract.ts';
import { type On, type Trigger, type TriggerName, triggers } from '../triggers.ts';
import { GATEWAY_REJECTIONS, SECURITY, SECURITY_SCHEMES } from './api-security-schemes.ts';

const API_VERSION = '1.0.0';
const JSON_MEDIA = 'application/json';

const Batch = z
  .strictObject({ events: z.array(ClientEvent).min(1).max(MAX_BATCH) })
  .meta({ id: 'EventBatch', description: `1 to ${MAX_BATCH} events, each validated separately` });

const correlation = z.object({
  [CORRELATION_HEADER]: z.string().optional().meta({
    description:
      'Identifies everything that this request causes. The response repeats it; if it is not an Id, the service creates another',
  }),
});
const naming = correlation.extend({
  [REQUEST_HEADER]: Id.optional().meta({
    description: 'Id of the request. Requests with the same id explore the same way',
  }),
});

const problem = (description: string) => ({ description, content: { [JSON_MEDIA]: { schema: Problem } } });
const FAILURES = {
  ...GATEWAY_REJECTIONS,
  '429': {
    ...problem('Too many requests: this one was not processed. Send it again after `retry-after` seconds'),
    headers: z.object({ 'retry-after': z.coerce.number().int().optional() }),
  },
  '500': problem('The service failed. Events may not have been stored'),
  '503': problem('A store is full or unreachable. Send the request again after `retry-after` seconds'),
  '504': problem('The service took too long. Send the request again'),
};

const PLAY: ClientEvent = {
  type: 'play',
  eventId: 'e-1001',
  userId: 'u-42',
  titleId: 't-7',
  requestId: 'r-9',
  occurredAt: Date.UTC(2026, 0, 5, 20),
  sentAt: Date.UTC(2026, 0, 5, 20, 0, 1),
};
const COLLECTED: CollectReply = {
  accepted: 1,
  duplicates: 0,
  rejected: [{ index: 1, eventId: 'e-1002', code: 'missing_field', reason: 'titleId: expected string' }],
};
const SLATE: RecommendReply = {
  requestId: 'r-9',
  userId: 'u-42',
  policy: 'popular',
  modelVersion: null,
  degraded: null,
  items: [{ titleId: 't-7', name: 'The Last Harbour', position: 1, score: 314, source: 'popular', propensity: 0.9 }],
};

/**
 * Descriptions of the routes in the triggers table. test/functions/platform/openapi-and-docs-page.test.ts fails if a route is missing
 * here.
 */
const OPERATIONS: Readonly<Partial<Record<TriggerName, ZodOpenApiOperationObject>>> = {
  collect: {
    summary: 'Send events',
    description:
      'One event, or a batch. Each event is validated separately: valid events are durable when the response arrives, and ' +
      'the response lists the others with reasons. Sending an `eventId` again has no effect, so every request can be retried.',
    requestParams: { header: correlation },
    requestBody: {
      required: true,
      content: { [JSON_MEDIA]: { schema: z.union([ClientEvent, Batch]), example: { events: [PLAY] } } },
    },
    responses: {
      '202': {
        description: 'At least one event was accepted, now or earlier',
        content: { [JSON_MEDIA]: { schema: CollectReply, example: COLLECTED } },
      },
      '400': {
        description: 'No event is valid, or the body cannot be parsed',
        content: { [JSON_MEDIA]: { schema: z.union([CollectReply, Problem]) } },
      },
      '413': problem('The body is too large'),
      '422': {
        description: 'All events match their schemas, and all have impossible timestamps',
        content: { [JSON_MEDIA]: { schema: CollectReply } },
      },
      '415': problem('The body is not uncompressed JSON'),
      ...FAILURES,
    },
  },
  recommend: {
    summary: 'Get a slate',
    description:
      'Titles for a user, best first, without titles that the user has played. The slate is in the exposure log. ' +
      '`degraded` is the reason if a fallback served the slate, otherwise null.',
    requestParams: { query: RecommendQuery, header: naming },
    responses: {
      '200': {
        description: 'The slate. It has fewer than `k` titles only if the catalogue has no more',
        content: { [JSON_MEDIA]: { schema: RecommendReply, example: SLATE } },
      },
      '400': problem('The query or a header is not valid'),
      ...FAILURES,
    },
  },
};

type RouteOn = Extract<On, { kind: 'route' }>;

/** Returns the public HTTP API as an OpenAPI 3.1 document: routes of the triggers table, with the zod schemas. */
export function openApiDocument(): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const [name, { on, brick }] of Object.entries(triggers) as [TriggerName, Trigger][]) {
    if (on.kind === 'route') paths[on.path] = { ...paths[on.path], ...pathItem(name, brick, on) };
  }
  const document = {
    openapi: '3.1.0' as const,
    info: {
      title: 'AgentBricks',
      version: API_VERSION,
      description: 'Events in, recommendations out. Times are UTC epoch milliseconds.',
    },
    security: SECURITY,
    components: { securitySchemes: SECURITY_SCHEMES },
    paths,
  };
  return createDocument(document, { override: forGenerators });
}

const MAX_INT32 = 2 ** 31 - 1;

/** Adapts schemas for programs that generate clients. */
const forGenerators: ZodOpenApiOverride = ({ jsonSchema }) => {
  // Without a format, generators use 32 bits, which cannot represent a time.
  if (jsonSchema.type === 'integer' && (jsonSchema.maximum ?? Number.POSITIVE_INFINITY) > MAX_INT32) {
    jsonSchema.format = 'int64';
  }
  // A discriminator needs a string in each member. zod-openapi adds no mapping if a member may lack the field.
  const { discriminator } = jsonSchema as { readonly discriminator?: { readonly mapping?: object } };
  if (discriminator && !discriminator.mapping) delete jsonSchema.discriminator;
};

const pathItem = (name: TriggerName, brick: string, { method }: RouteOn) => ({
  [method.toLowerCase()]: {
    operationId: name,
    tags: [brick],
    ...(OPERATIONS[name] ?? { responses: { default: { description: 'No description' } } }),
  },
});
