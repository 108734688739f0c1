import { describe, expect, it } from 'vitest';
import { authorize } from '../../../functions/access/authorize/handler.ts';

const handler = authorize(async ({ 'x-api-key': key }) => (key === 'right' ? 'ann' : undefined));
const ARN = 'arn:aws:execute-api:eu-central-1:000000000000:abc/live/POST/v1/events';

describe('the authorizer', () => {
  it.each([
    ['a REST API', { methodArn: ARN, headers: { 'X-Api-Key': 'right' } }],
    ['an HTTP API', { routeArn: ARN, headers: { 'x-api-key': 'right' } }],
  ])('allows a known caller to use all routes of %s', async (_, request) => {
    expect(await handler(request)).toEqual({
      principalId: 'ann',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Action: 'execute-api:Invoke',
            Effect: 'Allow',
            Resource: 'arn:aws:execute-api:eu-central-1:000000000000:abc/live/*',
          },
        ],
      },
      context: { caller: 'ann' },
    });
  });

  it.each([[{ 'x-api-key': 'wrong' }], [{}], [null]])('denies a caller with the headers %o', async (headers) => {
    const { policyDocument, context } = await handler({ methodArn: ARN, headers });
    expect(policyDocument.Statement[0]?.Effect).toBe('Deny');
    expect(context).toEqual({ caller: 'nobody' });
  });
});
