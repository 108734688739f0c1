import type { Seam } from '../../../functions/platform/seams.ts';

/** Returns the missing conditions of the proof that production runs a seam; empty if it runs the seam. */
export type Proof = (seam: Seam) => Promise<string[]> | string[];
