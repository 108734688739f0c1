import { BrickError } from '#domain/core/brick-error.ts';

const LOG_IN = 'Log in (`aws sso login`, or `aws configure` for keys), or choose another login with AWS_PROFILE';

interface Cause {
  /** `name` or `code` of errors that AWS or its SDK throws. */
  readonly names: readonly string[];
  readonly why: string;
  readonly fix: string;
}

const CAUSES: readonly Cause[] = [
  { names: ['CredentialsProviderError'], why: 'no credentials were found on this machine', fix: LOG_IN },
  {
    names: ['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'SSOTokenProviderFailure'],
    why: 'the login has expired',
    fix: LOG_IN,
  },
  {
    names: ['InvalidClientTokenId', 'UnrecognizedClientException', 'SignatureDoesNotMatch', 'AuthFailure'],
    why: 'AWS does not accept these credentials',
    fix: LOG_IN,
  },
  {
    names: ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'],
    why: 'this login lacks the required permission',
    fix: "Use an administrator's login, or ask the account's administrator for this permission",
  },
  {
    names: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'TimeoutError', 'ETIMEDOUT'],
    why: 'there is no connection to AWS',
    fix: 'Check the network, and the variable AWS_ENDPOINT_URL if it is set',
  },
];

/** Returns why a request to AWS failed, and how to fix it. */
export function reasonOf(error: unknown): Pick<Cause, 'why' | 'fix'> {
  const { name = '', code = '', message = String(error) } = (error ?? {}) as Partial<Record<string, string>>;
  if (message.includes('Region is missing')) {
    return { why: 'no AWS region is set', fix: 'Choose a region, for example with `export AWS_REGION=eu-west-1`' };
  }
  const known = CAUSES.find(({ names }) => names.includes(name) || names.includes(code));
  return known ?? { why: message, fix: 'Check the account with `agentbricks deploy --all --dry-run`' };
}

class AwsRequestFailed extends BrickError {
  override readonly code = 'BRICK_AWS_REFUSED';
  constructor(what: string, error: unknown) {
    super({ what, ...reasonOf(error) }, { cause: error });
  }
}

/** Awaits a request to AWS. @param failure `what` of the error that a failed request throws @throws AwsRequestFailed */
export async function awsRequest<Response>(failure: string, request: Promise<Response>): Promise<Response> {
  try {
    return await request;
  } catch (error) {
    throw new AwsRequestFailed(failure, error);
  }
}

/** Returns the region of a client. @throws AwsRequestFailed if no AWS region is set */
export const regionOf = (client: { readonly config: { region(): Promise<string> } }): Promise<string> =>
  awsRequest('the AWS region could not be determined', client.config.region());
