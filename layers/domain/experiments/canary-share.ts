import { hashUnit } from '../core/keyed-random.ts';
import type { AliasPointer } from '../models/model-versions.ts';

/**
 * Returns whether a user is served by the canary. The users stay the same while the version does. Each version has other users, so that
 * the same users do not try every new version.
 */
export const isInCanary = (userId: string, { version, share = 0 }: Pick<AliasPointer, 'version' | 'share'>): boolean =>
  hashUnit(`canary:${version}:${userId}`) < share;
