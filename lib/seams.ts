import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** Seam → the learner's file, relative to the workspace folder. */
const Chosen = z.record(z.string().regex(/^[a-z-]+$/), z.string());

/**
 * What `agentbricks use` chose, as arguments of esbuild: the learner's file takes the reference's place in the bundle that
 * `cdk deploy` ships.
 */
export function seamAliases(root: string): Record<string, string> {
  const file = join(root, 'workspace/seams.json');
  if (!existsSync(file)) return {};
  const chosen = Chosen.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.fromEntries(
    Object.entries(chosen).map(([seam, path]) => [`--alias:#seams/${seam}`, resolve(root, 'workspace', path)]),
  );
}
