import { JwtVerifier } from 'aws-jwt-verify';

interface Issuer {
  /** As in the tokens' `iss`; its keys are at `<issuer>/.well-known/jwks.json`. */
  readonly issuer: string;
  readonly audience: string;
  /** Its public keys, as a JSON Web Key Set. @default - fetched once, and again when a token names a new one */
  readonly keys?: Parameters<ReturnType<typeof verifierOf>['cacheJwks']>[0];
}

/** The subject of a token that this issuer signed for this audience and that has not expired; else undefined. */
export function bearers({ keys, ...who }: Issuer): (token: string) => Promise<string | undefined> {
  const verifier = verifierOf(who);
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
