import type { APIGatewayRequestAuthorizerEvent, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import type { IdentifyCaller } from '#adapters/auth/identify-caller-by-key-or-jwt.ts';

/** Requests of REST APIs and of HTTP APIs. */
type AuthorizerRequest =
  | Pick<APIGatewayRequestAuthorizerEvent, 'methodArn' | 'headers'>
  | Pick<APIGatewayRequestAuthorizerEventV2, 'routeArn' | 'headers'>;

/**
 * Allows callers that `identifyCaller` identifies, and names them in the access log. API Gateway caches the response,
 * so the policy covers the complete API. REST APIs and HTTP APIs accept this response.
 */
export const authorize = (identifyCaller: IdentifyCaller) => async (request: AuthorizerRequest) => {
  const headers = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const caller = await identifyCaller(Object.fromEntries(headers));
  const arn = 'methodArn' in request ? request.methodArn : request.routeArn;
  return {
    principalId: caller ?? 'nobody',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Action: 'execute-api:Invoke',
          Effect: caller ? 'Allow' : 'Deny',
          Resource: arn.replace(/(\/[^/]+)\/.*$/, '$1/*'),
        },
      ],
    },
    context: { caller: caller ?? 'nobody' },
  };
};
