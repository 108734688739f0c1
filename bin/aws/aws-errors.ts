import { BrickError } from '#domain/core/errors.ts';

const LOG_IN = 'Log in (`aws sso login`, or `aws configure` for keys), or name another login with AWS_PROFILE';

interface Cause {
  readonly names: readonly string[];
  readonly why: string;
  readonly fix: string;
}

/** What AWS and its SDK call an error, what that means, and what to do. */
const CAUSES: readonly Cause[] = [
  { names: ['CredentialsProviderError'], why: 'no credentials were found on this machine', fix: LOG_IN },
  {
    names: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'SSOTokenProviderFailure'],
    why: 'the login has expired',
    fix: LOG_IN,
  },
  {
    names: ['InvalidClientTokenId', 'UnrecognizedClientException', 'SignatureDoesNotMatch', 'AuthFailure'],
    why: 'AWS does not know these credentials',
    fix: LOG_IN,
  },
  {
    names: ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'],
    why: 'this login has no right to do it',
    fix: "Use an administrator's login, or ask whoever runs the account for this right",
  },
  {
    names: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'TimeoutError', 'ETIMEDOUT'],
    why: 'there is no connection to AWS',
    fix: 'Check the network, and AWS_ENDPOINT_URL if it is set',
  },
];

/** Why AWS did not do something, in words, and what to do. */
export function reasonOf(error: unknown): Pick<Cause, 'why' | 'fix'> {
  const { name = '', code = '', message = String(error) } = (error ?? {}) as Partial<Record<string, string>>;
  if (message.includes('Region is missing')) {
    return { why: 'no region is chosen', fix: 'Choose one, for instance `export AWS_REGION=eu-west-1`' };
  }
  const known = CAUSES.find(({ names }) => names.includes(name) || names.includes(code));
  return known ?? { why: message, fix: 'Read what AWS says here; `--dry-run` of deploy checks the account' };
}

export class AwsRefused extends BrickError {
  override readonly code = 'BRICK_AWS_REFUSED';
  constructor(what: string, error: unknown) {
    super({ what, ...reasonOf(error) }, { cause: error });
  }
}

/** @param what failed, if it does. @throws AwsRefused */
export async function asked<Answer>(what: string, call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    throw new AwsRefused(what, error);
  }
}
