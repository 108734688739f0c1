import { hashUnit } from '../core/keyed-random.ts';

/** Returns whether a user is in the permanent control group, which is served by the popularity policy. @param share 0 to 1 */
export const isHeldBack = (userId: string, share: number): boolean => hashUnit(`holdback:${userId}`) < share;
