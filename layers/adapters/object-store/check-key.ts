import { BrickError } from '#domain/core/brick-error.ts';

const MAX_KEY = 512;
const SEGMENT = /^[A-Za-z0-9._=-]+$/;

export class BadObjectKey extends BrickError {
  override readonly code = 'BRICK_BAD_OBJECT_KEY';
  constructor(key: string) {
    super({
      what: `${JSON.stringify(key.slice(0, MAX_KEY))} is not a valid key for the object store`,
      why: 'a key consists of segments with / between them; a segment consists of letters, digits and . _ = - but must not be . or ..',
      fix: 'Build keys from identifiers, never from user input',
    });
  }
}

/** Returns the key if it is valid. An invalid key could refer to a file outside the store. @throws BadObjectKey */
export function checkKey(key: string): string {
  const good = (segment: string) => SEGMENT.test(segment) && segment !== '.' && segment !== '..';
  if (key.length > MAX_KEY || !key.split('/').every(good)) throw new BadObjectKey(key);
  return key;
}
