import { dirname, join, resolve } from 'node:path';
import { readSeamsInUse } from '#adapters/composition/read-and-watch-seams-json.ts';

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
