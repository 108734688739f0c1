import { hashUnit } from '../core/keyed-random.ts';
import type { AliasPointer } from '../models/model-versions.ts';

/**
 * Whether a user is served by the canary: the same users for as long as it is the same version, and others for the next,
 * so that no user is always the one who tries what is new.
 */
export const isInCanary = (userId: string, { version, share = 0 }: Pick<AliasPointer, 'version' | 'share'>): boolean =>
  hashUnit(`canary:${version}:${userId}`) < share;
