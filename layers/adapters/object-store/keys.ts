import { BrickError } from '#domain/core/errors.ts';

const MAX_KEY = 512;
const SEGMENT = /^[A-Za-z0-9._=-]+$/;

export class BadObjectKey extends BrickError {
  override readonly code = 'BRICK_BAD_OBJECT_KEY';
  constructor(key: string) {
    super({
      what: `${JSON.stringify(key.slice(0, MAX_KEY))} is not an object key`,
      why: 'a key is segments of letters, digits and . _ = - with / between them, and none is . or ..',
      fix: 'Build the key from identifiers, never from what a user typed',
    });
  }
}

/** @returns the key itself @throws BadObjectKey when it could leave the store's root */
export function checkKey(key: string): string {
  const good = (segment: string) => SEGMENT.test(segment) && segment !== '.' && segment !== '..';
  if (key.length > MAX_KEY || !key.split('/').every(good)) throw new BadObjectKey(key);
  return key;
}
