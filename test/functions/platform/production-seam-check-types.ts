import type { Seam } from '../../../functions/platform/seams.ts';

/** Checks that production runs a seam. @returns a message per unmet condition; empty if production runs the seam */
export type Proof = (seam: Seam) => Promise<string[]> | string[];
