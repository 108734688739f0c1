import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import {
  CORRELATION_HEADER,
  CollectReply,
  MAX_BATCH,
  Problem,
  REQUEST_HEADER,
  RecommendQuery,
  RecommendReply,
} from '#domain/events/api-contract.ts';
import { ClientEvent } from '#domain/events/events.ts';
import { Id } from '#domain/core/event-fields.ts';
import { type On, type Trigger, type TriggerName, triggers } from '../triggers.ts';

const API_VERSION = '1.0.0';
const JSON_MEDIA = 'application/json';

const Batch = z
  .strictObject({ events: z.array(ClientEvent).min(1).max(MAX_BATCH) })
  .meta({ id: 'EventBatch', description: `1 to ${MAX_BATCH} events, each judged for itself` });

const correlation = z.object({
  [CORRELATION_HEADER]: z.string().optional().meta({
    description: 'Marks everything this request causes; given back. Another takes its place unless it is an Id',
  }),
});
const naming = correlation.extend({
  [REQUEST_HEADER]: Id.optional().meta({ description: 'Names the request: the same name gives the same exploration' }),
});

const problem = (description: string) => ({ description, content: { [JSON_MEDIA]: { schema: Problem } } });
const FAILURES = {
  '429': {
    ...problem(
      'More requests than can be served soon: none of this one was looked at. Send it again after `retry-after` seconds',
    ),
    headers: z.object({ 'retry-after': z.coerce.number().int().optional() }),
  },
  '500': problem('A fault on our side; nothing is known to be kept'),
  '503': problem('A store is full or out of reach: send it again after `retry-after` seconds'),
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

/** What the triggers table cannot say about a route. A route that is missing here fails test/functions/openapi.test.ts. */
const OPERATIONS: Readonly<Partial<Record<TriggerName, ZodOpenApiOperationObject>>> = {
  collect: {
    summary: 'Send events',
    description:
      'One event, or a batch. Each is judged for itself: the good ones are durable when the answer comes, the others ' +
      'are named with a reason. Sending an `eventId` again has no effect, so an unanswered request can always be repeated.',
    requestParams: { header: correlation },
    requestBody: {
      required: true,
      content: { [JSON_MEDIA]: { schema: z.union([ClientEvent, Batch]), example: { events: [PLAY] } } },
    },
    responses: {
      '202': {
        description: 'At least one event was taken in, or had been before',
        content: { [JSON_MEDIA]: { schema: CollectReply, example: COLLECTED } },
      },
      '400': {
        description: 'No event could be taken in, or the body cannot be read',
        content: { [JSON_MEDIA]: { schema: z.union([CollectReply, Problem]) } },
      },
      '413': problem('The body is too large'),
      '422': {
        description: 'Each event has the form of one, and none could have happened when it says',
        content: { [JSON_MEDIA]: { schema: CollectReply } },
      },
      '415': problem('The body is not plain JSON'),
      ...FAILURES,
    },
  },
  recommend: {
    summary: 'Get a slate',
    description:
      'Titles for a user, best first, none that the user has played. What is answered here is in the exposure log. ' +
      '`degraded` says why a lesser policy answered; it is null when nothing went wrong.',
    requestParams: { query: RecommendQuery, header: naming },
    responses: {
      '200': {
        description: 'The slate; shorter than `k` when the catalogue has no more',
        content: { [JSON_MEDIA]: { schema: RecommendReply, example: SLATE } },
      },
      '400': problem('The query or a header cannot be used'),
      ...FAILURES,
    },
  },
};

type RouteOn = Extract<On, { kind: 'route' }>;

/** The public HTTP API as an OpenAPI 3.1 document: routes from the triggers table, schemas from the zod schemas. */
export function openApiDocument(): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const [name, { on, brick }] of Object.entries(triggers) as [TriggerName, Trigger][]) {
    if (on.kind === 'route') paths[on.path] = { ...paths[on.path], ...pathItem(name, brick, on) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'AgentBricks',
      version: API_VERSION,
      description: 'Events in, recommendations out. Times are UTC epoch milliseconds.',
    },
    paths,
  });
}

const pathItem = (name: TriggerName, brick: string, { method }: RouteOn) => ({
  [method.toLowerCase()]: {
    operationId: name,
    tags: [brick],
    ...(OPERATIONS[name] ?? { responses: { default: { description: 'Not described' } } }),
  },
});
