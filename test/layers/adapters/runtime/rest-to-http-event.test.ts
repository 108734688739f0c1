import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { eitherApi } from '#adapters/lambda/rest-to-http-event.ts';

const same = eitherApi((event: APIGatewayProxyEventV2) => event);

/** Event of a REST API, as API Gateway sends it to a function. */
const REST = {
  resource: '/v1/recommendations',
  path: '/v1/recommendations',
  httpMethod: 'GET',
  headers: { 'X-Request-Id': 'r-1' },
  multiValueHeaders: { 'X-Request-Id': ['r-1'], Accept: ['a', 'b'] },
  queryStringParameters: { userId: 'u-1' },
  multiValueQueryStringParameters: { userId: ['u-1'], k: ['5'] },
  pathParameters: null,
  stageVariables: null,
  body: null,
  isBase64Encoded: false,
  requestContext: {
    accountId: '1',
    apiId: 'abc',
    authorizer: null,
    protocol: 'HTTP/1.1',
    httpMethod: 'GET',
    identity: { sourceIp: '192.0.2.1', userAgent: 'curl' },
    path: '/live/v1/recommendations',
    stage: 'live',
    requestId: 'q',
    requestTimeEpoch: 5,
    resourceId: 'x',
    resourcePath: '/v1/recommendations',
  },
} as unknown as APIGatewayProxyEvent;

describe('a handler behind either kind of API', () => {
  it('receives an event of a REST API in the form of an HTTP API', () => {
    expect(same(REST)).toMatchObject({
      version: '2.0',
      routeKey: 'GET /v1/recommendations',
      rawPath: '/v1/recommendations',
      rawQueryString: 'userId=u-1&k=5',
      headers: { 'x-request-id': 'r-1', accept: 'a,b' },
      queryStringParameters: { userId: 'u-1', k: '5' },
      requestContext: { http: { method: 'GET', sourceIp: '192.0.2.1' }, stage: 'live', timeEpoch: 5 },
    });
    expect(same(REST)).not.toHaveProperty('body');
  });

  it('receives a body only if there is one', () => {
    const posted = { ...REST, httpMethod: 'POST', body: '{}', multiValueQueryStringParameters: null };
    expect(same(posted)).toMatchObject({ body: '{}', rawQueryString: '' });
    expect(same(posted)).not.toHaveProperty('queryStringParameters');
  });

  it('receives an event of an HTTP API unchanged', () => {
    const event = { version: '2.0', rawPath: '/x' } as APIGatewayProxyEventV2;
    expect(same(event)).toBe(event);
  });
});
