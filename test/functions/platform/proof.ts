import type { Seam } from '../../../functions/platform/seams.ts';

/** Returns what is missing for a proof that production runs a seam; empty if it does. */
export type Proof = (seam: Seam) => Promise<string[]> | string[];
