import { dirname, join, resolve } from 'node:path';
import { readSeamsInUse, type SeamName } from '#adapters/composition/read-and-watch-seams-json.ts';

/**
 * Returns esbuild aliases that put the learner's files, chosen with `agentbricks use`, into the bundles that `cdk deploy` ships.
 *
 * @throws SeamUnusable
 */
export function seamAliases(root: string): Record<string, string> {
  const file = join(root, 'workspace/seams.json');
  const chosen = Object.entries(readSeamsInUse(file)).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(chosen.map(([seam, path]) => [`--alias:#seams/${seam}`, resolve(dirname(file), path)]));
}

/**
 * Returns the absolute path of the learner's file that is in use for a seam, or undefined if the reference is.
 *
 * @throws SeamUnusable if seams.json is invalid
 */
export function learnersFile(root: string, seam: SeamName): string | undefined {
  const file = join(root, 'workspace/seams.json');
  const path = readSeamsInUse(file)[seam];
  return path === undefined ? undefined : resolve(dirname(file), path);
}
