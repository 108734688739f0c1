import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { errorsToHttp, reply } from '#adapters/lambda/errors-to-http.ts';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import { COLLECTED, type CollectReply } from '#domain/events/api-contract.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { CLOCK_FAULTS } from '../validate-event.ts';
import type { CollectPorts } from './collect-events.ts';
import { collectEvents } from './collect-events.ts';
import { rawEvents } from './request-body.ts';

/** POST /v1/events. The rule is collectEvents; this file only translates HTTP. */
export const collect = (ports: CollectPorts & { readonly telemetry: Telemetry }) =>
  middy()
    .use(observed<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(ports.telemetry, 'collect'))
    .use(errorsToHttp())
    .handler(async (request: APIGatewayProxyEventV2, { invocation }: ObservedContext) => {
      const result = await collectEvents(rawEvents(request), ports, invocation);
      return reply(statusOf(result), result);
    });

/** 422 where every event had the form of one, and only its clocks cannot be: no client's code is wrong then. */
function statusOf({ accepted, duplicates, rejected }: CollectReply): number {
  if (accepted + duplicates > 0) return COLLECTED.accepted;
  return rejected.every(({ code }) => CLOCK_FAULTS.includes(code)) ? COLLECTED.implausible : COLLECTED.refused;
}
