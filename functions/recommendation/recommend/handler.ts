import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { BadRequest, errorsToHttp, reply } from '#adapters/lambda/errors-to-http.ts';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import {
  CORRELATION_HEADER,
  REQUEST_HEADER,
  RecommendQuery,
  type RecommendReply,
} from '#domain/events/api-contract.ts';
import { Id } from '#domain/core/event-fields.ts';
import type { Exposure } from '#domain/events/exposures.ts';
import { EXPOSURES } from '#domain/events/topics.ts';
import type { Ports } from '#ports/index.ts';
import type { Step } from '../slate/fallback-of.ts';
import { shadowOf } from '../slate/shadow-traffic.ts';
import { type Slate, type SlatePorts, slateMaker } from '../slate/slate.ts';

const OK = 200;
/** A count of its own for each step of the chain, beside `Degraded` for all. */
const DEGRADED_TO: Readonly<Record<Step, string>> = {
  model: 'DegradedModel',
  cached: 'DegradedToCached',
  'popular-here': 'DegradedToPopularHere',
  popular: 'DegradedToPopular',
};
type RecommendPorts = SlatePorts & Pick<Ports, 'eventLog' | 'telemetry' | 'newId'>;

/** GET /v1/recommendations. What was shown is in the log before it is shown. */
export function recommend(ports: RecommendPorts) {
  const makeSlate = slateMaker(ports);
  const askShadow = shadowOf(ports);
  return middy()
    .use(observed<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(ports.telemetry, 'recommend'))
    .use(errorsToHttp())
    .handler(async (request: APIGatewayProxyEventV2, { invocation }: ObservedContext) => {
      const query = queryOf(request);
      const requestId = requestIdOf(request) ?? ports.newId();
      const slate = await makeSlate(query, requestId);
      if (slate.degradedTo !== null) {
        invocation.count('Degraded');
        invocation.count(DEGRADED_TO[slate.degradedTo]);
        invocation.warn('a lesser policy answered', { degraded: slate.degraded, to: slate.degradedTo, requestId });
      }
      await logExposure(ports, query, requestId, slate, invocation.correlationId);
      await askShadow(query, requestId, slate, invocation);
      const { policy, modelVersion, degraded, items } = slate;
      const answer: RecommendReply = {
        requestId,
        userId: query.userId,
        policy,
        modelVersion,
        degraded,
        items: [...items],
      };
      return reply(OK, answer);
    });
}

function queryOf({ queryStringParameters }: APIGatewayProxyEventV2): RecommendQuery {
  const parsed = RecommendQuery.safeParse(queryStringParameters ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? 'query';
  throw new BadRequest(
    `the query's ${field} is not usable`,
    issue?.message ?? 'bad form',
    'See /docs for the parameters',
  );
}

function requestIdOf({ headers }: APIGatewayProxyEventV2): string | undefined {
  const given = headers[REQUEST_HEADER];
  if (given === undefined) return undefined;
  if (Id.safeParse(given).success) return given;
  throw new BadRequest(
    `the header ${REQUEST_HEADER} is not an id`,
    'an id is 1 to 64 plain characters',
    'Send another or none',
  );
}

async function logExposure(
  { eventLog, now }: RecommendPorts,
  query: RecommendQuery,
  requestId: string,
  { policy, modelVersion, degraded, items }: Slate,
  correlationId: string,
): Promise<void> {
  const at = now();
  const exposure: Exposure = {
    type: 'exposure',
    eventId: requestId,
    requestId,
    userId: query.userId,
    occurredAt: at,
    ingestedAt: at,
    policy,
    modelVersion,
    degraded,
    country: query.country ?? null,
    device: query.device ?? null,
    items: items.map(({ name, ...item }) => item),
  };
  const headers = { [CORRELATION_HEADER]: correlationId };
  await eventLog.append(EXPOSURES, [{ key: query.userId, value: JSON.stringify(exposure), headers, timestamp: at }]);
}
