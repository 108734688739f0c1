import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { errorsToHttp, reply } from '#adapters/lambda/errors-to-http.ts';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import { COLLECTED, type CollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { type BatchPorts, collectBatch } from './collect-batch.ts';
import { rawEvents } from './parse-request-body.ts';
import { turnsPerEventId } from './take-turns-per-event-id.ts';

/** Codes of rejections for impossible timestamps. Such an event matches its schema. */
const CLOCK_CODES: readonly string[] = ['from_the_future', 'occurred_after_sent'];

/** Handles POST /v1/events. The rules are in collectBatch; this file only translates HTTP. */
export function collect(ports: Omit<BatchPorts, 'takeTurns'> & { readonly telemetry: Telemetry }) {
  const takeTurns = turnsPerEventId();
  return middy()
    .use(observed<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(ports.telemetry, 'collect'))
    .use(errorsToHttp())
    .handler(async (request: APIGatewayProxyEventV2, { invocation }: ObservedContext) => {
      const result = await collectBatch(rawEvents(request), { ...ports, takeTurns }, invocation);
      return reply(statusOf(result), result);
    });
}

/**
 * Returns the HTTP status: 422 instead of 400 if only timestamps are wrong, because then the device's clock is at
 * fault, not the client's code.
 */
function statusOf({ accepted, duplicates, rejected }: CollectReply): number {
  if (accepted + duplicates > 0) return COLLECTED.accepted;
  return rejected.every(({ code }) => CLOCK_CODES.includes(code)) ? COLLECTED.implausible : COLLECTED.rejected;
}
