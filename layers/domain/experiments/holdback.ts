import { hashUnit } from '../core/keyed-random.ts';

/** Whether a user belongs to the control group that keeps the popularity policy: the same users for ever. @param share 0 to 1 */
export const isHeldBack = (userId: string, share: number): boolean => hashUnit(`holdback:${userId}`) < share;
