/** Fields of the access log in both kinds of API: caller, route, result and duration, but no query string and no body. */
export const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  at: '$context.requestTime',
  caller: '$context.authorizer.caller',
  role: '$context.identity.userArn',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  bytes: '$context.responseLength',
  milliseconds: '$context.responseLatency',
  refused: '$context.error.message',
});
