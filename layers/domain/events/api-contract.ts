import { z } from 'zod';
import { Country, Device, Id } from '../core/event-fields.ts';
import { Policy, SlateItem } from './exposures.ts';

/** Shapes of the public HTTP API that are not events. */
export const MAX_BATCH = 500;
/** Bytes of one request body, after decoding. */
export const MAX_BODY_BYTES = 1_048_576;
export const MAX_SLATE = 50;
export const DEFAULT_SLATE = 20;
export const CORRELATION_HEADER = 'x-correlation-id';
/** A client may name its request; the same name gives the same exploration draws. */
export const REQUEST_HEADER = 'x-request-id';
/** Where an API asks for one: the key of a tenant. */
export const API_KEY_HEADER = 'x-api-key';

/** One event that was not taken in, and why. */
export const Rejection = z.object({
  index: z.int().meta({ description: 'Position in the batch, from 0' }),
  eventId: z.string().nullable(),
  code: z.string().meta({ example: 'invalid_field' }),
  reason: z.string(),
});
export type Rejection = z.infer<typeof Rejection>;

export const CollectReply = z
  .object({ accepted: z.int(), duplicates: z.int(), rejected: z.array(Rejection) })
  .meta({ id: 'CollectReply', description: 'Everything counted as accepted is durable' });
export type CollectReply = z.infer<typeof CollectReply>;

/** Some events were taken in; none was; none was, and only for what their clocks say. */
export const COLLECTED = { accepted: 202, refused: 400, implausible: 422 } as const;

/** What became of each event of a batch; undefined when the answer does not tell, so that none may be taken as done. */
export function collectReplyOf({ status, body }: ApiResponse): CollectReply | undefined {
  if (!Object.values<number>(COLLECTED).includes(status)) return undefined;
  return CollectReply.safeParse(JSON.parse(body)).data;
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

/** Every refusal has this body. */
export const Problem = z
  .object({ code: z.string(), what: z.string(), why: z.string(), fix: z.string(), correlationId: z.string() })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** How the universe, the tests and the CLI talk to the service, over a socket or in process. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** With its query string. */
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
