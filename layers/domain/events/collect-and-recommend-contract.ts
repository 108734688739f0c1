import { z } from 'zod';
import { Country, Device, Id } from '../core/event-fields.ts';
import { Policy, SlateItem } from './exposure-schemas.ts';

/** Maximum number of events per request. */
export const MAX_BATCH = 500;
/** Maximum size of a request body after decoding, in bytes. */
export const MAX_BODY_BYTES = 1_048_576;
/** Maximum and default number of titles per slate. */
export const MAX_SLATE = 50;
export const DEFAULT_SLATE = 20;
/** Header that links the log lines of one request. */
export const CORRELATION_HEADER = 'x-correlation-id';
/** Header with the request's id, which a client may set. The id seeds the random numbers of exploration. */
export const REQUEST_HEADER = 'x-request-id';
/** Header with a tenant's key, for APIs that require one. */
export const API_KEY_HEADER = 'x-api-key';

/** A rejected event of a batch, with the reason. */
export const Rejection = z.object({
  index: z.int().meta({ description: 'Position in the batch, from 0' }),
  eventId: z.string().nullable(),
  code: z.string().meta({ example: 'invalid_field' }),
  reason: z.string(),
});
export type Rejection = z.infer<typeof Rejection>;

export const CollectReply = z
  .object({ accepted: z.int(), duplicates: z.int(), rejected: z.array(Rejection) })
  .meta({ id: 'CollectReply', description: 'All events that are counted as accepted are durable' });
export type CollectReply = z.infer<typeof CollectReply>;

/**
 * HTTP status of the reply to a batch: `accepted` if the service ingested at least one event, `implausible` if it rejected all
 * events because of their times, `rejected` if it rejected all events for other reasons.
 */
export const COLLECTED = { accepted: 202, rejected: 400, implausible: 422 } as const;

/**
 * Returns the service's reply to a batch; undefined if the response has none, and then callers must not assume that any
 * event was ingested.
 */
export function parseCollectReply({ status, body }: ApiResponse): CollectReply | undefined {
  if (!Object.values<number>(COLLECTED).includes(status)) return undefined;
  try {
    return CollectReply.safeParse(JSON.parse(body)).data;
  } catch {
    // A proxy between the service and the caller may reply with its own page.
    return undefined;
  }
}

export const RecommendQuery = z.object({
  userId: Id,
  k: z.coerce.number().int().min(1).max(MAX_SLATE).default(DEFAULT_SLATE),
  country: Country.optional(),
  device: Device.optional(),
});
export type RecommendQuery = z.infer<typeof RecommendQuery>;

export const RecommendReply = z
  .object({
    requestId: z.string(),
    userId: z.string(),
    policy: Policy,
    modelVersion: z.string().nullable(),
    degraded: z.string().nullable(),
    items: z.array(SlateItem.extend({ name: z.string() })),
  })
  .meta({ id: 'RecommendReply' });
export type RecommendReply = z.infer<typeof RecommendReply>;

/** Body of every response that reports an error. */
export const Problem = z
  .object({ code: z.string(), what: z.string(), why: z.string(), fix: z.string(), correlationId: z.string() })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** A request to the service. The universe, the tests and the CLI send requests over HTTP or in process. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query string. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
export type Api = (request: ApiRequest) => Promise<ApiResponse>;

const ANY_ORIGIN = 'http://127.0.0.1';

/**
 * Returns the URL of a request target (RFC 9112 section 3.2), in origin form or absolute form; undefined if it is none. A path
 * may start with two slashes: its first segment is not a host.
 */
export const urlOf = (target: string): URL | undefined =>
  URL.parse(target.startsWith('/') ? `${ANY_ORIGIN}${target}` : target) ?? undefined;

/**
 * Returns the query parameters of a URL as API Gateway passes them to functions: the values of a repeated parameter are joined
 * with commas.
 */
export const queryParametersOf = ({ searchParams }: URL): Record<string, string> =>
  Object.fromEntries([...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name).join(',')]));
