import { createHash } from 'node:crypto';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { BadRequest, errorsToHttp, reply } from '#adapters/lambda/errors-to-http.ts';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { Id } from '#domain/core/event-fields.ts';
import { CORRELATION_HEADER, REQUEST_HEADER, RecommendQuery } from '#domain/events/collect-and-recommend-contract.ts';
import { EXPOSURES } from '#domain/events/event-log-topics.ts';
import { exposureOf } from '#domain/events/exposure-schemas.ts';
import type { ReplyOf, RequestOf } from '#domain/events/serving-chain-request-and-reply-types.ts';
import type { Ports } from '#ports/index.ts';
import type { FallbackStep } from '../slate/fallback-of.ts';
import { type Slate, type SlatePorts, slateMaker } from '../slate/make-slate.ts';
import { shadowTraffic } from '../slate/shadow-traffic.ts';

const OK = 200;
/** A metric for each step of the fallback chain, in addition to `Degraded`, which counts all of them. */
const DEGRADED_TO: Readonly<Record<FallbackStep, string>> = {
  model: 'DegradedModel',
  cached: 'DegradedToCached',
  'popular-here': 'DegradedToPopularHere',
  popular: 'DegradedToPopular',
};
type RecommendPorts = SlatePorts & Pick<Ports, 'eventLog' | 'telemetry' | 'newId'>;

/** Handles GET /v1/recommendations. The exposure is durable before the response is sent. */
export function recommend(ports: RecommendPorts) {
  const makeSlate = slateMaker(ports);
  const compareWithShadow = shadowTraffic(ports);
  return middy()
    .use(observed<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(ports.telemetry, 'recommend'))
    .use(errorsToHttp())
    .handler(async (event: APIGatewayProxyEventV2, { invocation }: ObservedContext) => {
      const request = requestOf(event);
      const requestId = requestIdOf(event) ?? ports.newId();
      const slate = await makeSlate(request, requestId);
      if (slate.degradedTo !== null) {
        invocation.count('Degraded');
        invocation.count(DEGRADED_TO[slate.degradedTo]);
        invocation.warn('a fallback served the slate', { degraded: slate.degraded, to: slate.degradedTo, requestId });
      }
      await logExposure(ports, request, requestId, slate, invocation.correlationId);
      await compareWithShadow(request, requestId, slate, invocation);
      const { policy, modelVersion, degraded, items } = slate;
      const { userId } = request;
      const body: ReplyOf<'slate'> = { requestId, userId, policy, modelVersion, degraded, items: [...items] };
      return reply(OK, body);
    });
}

function requestOf({ queryStringParameters }: APIGatewayProxyEventV2): RequestOf<'slate'> {
  const parsed = RecommendQuery.safeParse(queryStringParameters ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? 'query';
  throw new BadRequest(
    `the query parameter ${field} is not valid`,
    issue?.message ?? 'it does not have the expected form',
    'Read /docs for the parameters',
  );
}

function requestIdOf({ headers }: APIGatewayProxyEventV2): string | undefined {
  const id = headers[REQUEST_HEADER];
  if (id === undefined || Id.safeParse(id).success) return id;
  throw new BadRequest(
    `the header ${REQUEST_HEADER} is not an id`,
    'an id has 1 to 64 characters: letters, digits and . _ : ~ -',
    'Send an id or omit the header',
  );
}

/**
 * Returns the event id of the exposure of a user's request. A repeated request has the same id, so readers count it once. The id
 * depends on the user, because clients choose request ids, and two users may send the same one.
 */
const exposureIdOf = (requestId: string, userId: string): string =>
  createHash('sha256').update(`${requestId} ${userId}`).digest('base64url');

async function logExposure(
  { eventLog, now }: RecommendPorts,
  { userId, country, device }: RequestOf<'slate'>,
  requestId: string,
  { policy, modelVersion, degraded, items: shown }: Slate,
  correlationId: string,
): Promise<void> {
  const at = now();
  const ids = { eventId: exposureIdOf(requestId, userId), requestId, userId, occurredAt: at, ingestedAt: at };
  const items = shown.map(({ name, ...item }) => item);
  const user = { country: country ?? null, device: device ?? null };
  const exposure = exposureOf({ ...ids, policy, modelVersion, degraded, ...user }, { kind: 'slate', items });
  const headers = { [CORRELATION_HEADER]: correlationId };
  await eventLog.append(EXPOSURES, [{ key: userId, value: JSON.stringify(exposure), headers, timestamp: at }]);
}
