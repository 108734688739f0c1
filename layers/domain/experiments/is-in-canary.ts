import { hashUnit } from '../core/keyed-random.ts';
import type { AliasPointer } from '../models/model-registry-items.ts';

/**
 * Returns whether the canary serves a user. A version's canary users do not change. Each version has different canary
 * users, so that no user receives every new version first.
 */
export const isInCanary = (userId: string, { version, share = 0 }: Pick<AliasPointer, 'version' | 'share'>): boolean =>
  hashUnit(`canary:${version}:${userId}`) < share;
