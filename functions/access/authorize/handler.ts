import type { APIGatewayRequestAuthorizerEvent, APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import type { Callers } from '#adapters/auth/authenticate.ts';

/** What both kinds of API Gateway ask, and the one answer that both understand. */
type Asked =
  | Pick<APIGatewayRequestAuthorizerEvent, 'methodArn' | 'headers'>
  | Pick<APIGatewayRequestAuthorizerEventV2, 'routeArn' | 'headers'>;

/** Lets in whom `callers` knows, and tells the access log who it was. The answer is kept a while, so it is for the whole API. */
export const authorize = (callers: Callers) => async (asked: Asked) => {
  const headers = Object.entries(asked.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const);
  const caller = await callers(Object.fromEntries(headers));
  const arn = 'methodArn' in asked ? asked.methodArn : asked.routeArn;
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
