import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';

/**
 * Adapts a handler to both kinds of API. A REST API (with a firewall, or private) sends events of version 1.0; an HTTP
 * API sends events of version 2.0, which the handlers expect. Responses have the same form in both.
 */
export const eitherApi =
  <Rest extends unknown[], Result>(handler: (event: APIGatewayProxyEventV2, ...rest: Rest) => Result) =>
  (event: APIGatewayProxyEvent | APIGatewayProxyEventV2, ...rest: Rest): Result =>
    handler(isRest(event) ? toVersion2(event) : event, ...rest);

const isRest = (event: APIGatewayProxyEvent | APIGatewayProxyEventV2): event is APIGatewayProxyEvent =>
  !('version' in event && event.version === '2.0');

function toVersion2(event: APIGatewayProxyEvent): APIGatewayProxyEventV2 {
  const { requestContext: context, httpMethod: method, resource, path, body } = event;
  const query = joined(event.multiValueQueryStringParameters);
  const routeKey = `${method} ${resource}`;
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: Object.fromEntries(
      Object.entries(joined(event.multiValueHeaders)).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    ...(Object.keys(query).length > 0 ? { queryStringParameters: query } : {}),
    requestContext: {
      accountId: context.accountId,
      apiId: context.apiId,
      domainName: context.domainName ?? '',
      domainPrefix: context.domainPrefix ?? '',
      http: {
        method,
        path,
        protocol: context.protocol,
        sourceIp: context.identity.sourceIp,
        userAgent: context.identity.userAgent ?? '',
      },
      requestId: context.requestId,
      routeKey,
      stage: context.stage,
      time: context.requestTime ?? '',
      timeEpoch: context.requestTimeEpoch,
    },
    ...(body === null ? {} : { body }),
    isBase64Encoded: event.isBase64Encoded,
  };
}

/** Joins multiple values with commas, as in version 2.0. */
const joined = (values: Readonly<Record<string, string[] | undefined>> | null): Record<string, string> =>
  Object.fromEntries(Object.entries(values ?? {}).map(([name, all = []]) => [name, all.join(',')]));
