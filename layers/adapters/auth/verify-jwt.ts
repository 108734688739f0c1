import { JwtVerifier } from 'aws-jwt-verify';

interface Issuer {
  /** Value of the tokens' `iss`. The issuer's keys are at `<issuer>/.well-known/jwks.json`. */
  readonly issuer: string;
  /** Value of the tokens' `aud`. */
  readonly audience: string;
  /**
   * The issuer's public keys as a JSON Web Key Set. @default - downloaded, and downloaded again for a token with an
   * unknown key
   */
  readonly keys?: Parameters<ReturnType<typeof verifierOf>['cacheJwks']>[0];
}

/**
 * Returns a function that verifies a token and returns its subject. It returns undefined unless the issuer signed the
 * token for the audience and the token has not expired.
 */
export function tokenVerifier({ keys, ...claims }: Issuer): (token: string) => Promise<string | undefined> {
  const verifier = verifierOf(claims);
  if (keys) verifier.cacheJwks(keys);
  return async (token) => {
    try {
      return (await verifier.verify(token)).sub;
    } catch {
      return undefined;
    }
  };
}

const verifierOf = ({ issuer, audience }: Omit<Issuer, 'keys'>) => JwtVerifier.create({ issuer, audience });
