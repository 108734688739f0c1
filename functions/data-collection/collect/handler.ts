import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { errorsToHttp, reply } from '#adapters/lambda/errors-to-http.ts';
import { type ObservedContext, observed } from '#adapters/lambda/observed.ts';
import type { Telemetry } from '#ports/telemetry.ts';
import { rawEvents } from './body.ts';
import type { CollectPorts } from './collect-events.ts';
import { collectEvents } from './collect-events.ts';

const ACCEPTED = 202;
const REFUSED = 400;

/** POST /v1/events. The rule is collectEvents; this file only translates HTTP. */
export const collect = (ports: CollectPorts & { readonly telemetry: Telemetry }) =>
  middy()
    .use(observed<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(ports.telemetry, 'collect'))
    .use(errorsToHttp())
    .handler(async (request: APIGatewayProxyEventV2, { invocation }: ObservedContext) => {
      const result = await collectEvents(rawEvents(request), ports, invocation);
      return reply(result.accepted + result.duplicates === 0 ? REFUSED : ACCEPTED, result);
    });
