import { API_KEY_HEADER } from '#domain/events/collect-and-recommend-contract.ts';

/** How callers authenticate, as security schemes of OpenAPI. Each deployment uses at most one (API_AUTH). */
export const SECURITY_SCHEMES = {
  apiKey: { type: 'apiKey', in: 'header', name: API_KEY_HEADER, description: 'API_AUTH=key: the key of a tenant' },
  jwt: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'API_AUTH=jwt: a token of the issuer' },
  iam: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: 'API_AUTH=iam: a signature of AWS Signature Version 4 for the service execute-api',
    // OpenAPI has no scheme for AWS signatures. API Gateway exports and imports this extension.
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
} as const;

/** Alternatives of which a request needs one. The first is an API without authentication, such as the embedded one. */
export const SECURITY = [{}, ...Object.keys(SECURITY_SCHEMES).map((name) => ({ [name]: [] }))];

/** Responses of the gateway in front of the functions. The embedded server, too, rejects requests of other sites with 403. */
export const GATEWAY_REJECTIONS = {
  '401': { description: 'The request has no valid credentials, and this deployment requires them' },
  '403': { description: 'The caller is not allowed to send this request' },
} as const;
