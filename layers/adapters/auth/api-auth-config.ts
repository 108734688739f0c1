import { z } from 'zod';

/** How callers of the API authenticate. The universe sends these credentials, and the authorizer checks them. */
export const ApiAuth = z.discriminatedUnion('API_AUTH', [
  z.object({ API_AUTH: z.literal('none') }),
  z.object({ API_AUTH: z.literal('key'), API_KEYS_SECRET: z.string().min(1) }),
  z.object({ API_AUTH: z.literal('iam'), AWS_REGION: z.string().min(1) }),
  z.object({ API_AUTH: z.literal('jwt'), JWT_ISSUER: z.url(), JWT_AUDIENCE: z.string().min(1) }),
]);
export type ApiAuth = z.infer<typeof ApiAuth> & {
  /** Address of an AWS emulator. @default - AWS */
  readonly AWS_ENDPOINT_URL?: string | undefined;
};
