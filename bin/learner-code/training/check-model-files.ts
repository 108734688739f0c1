import { createHash } from 'node:crypto';
import type { TrainedFiles } from '#domain/events/all-bricks-seam-types.ts';
import { type Manifest, parseManifest } from '#domain/models/model-manifest.ts';

const MANIFEST = 'manifest.json';

/** Checks that the manifest is valid and describes the files. @returns what is wrong, as a clause */
export function checkModelFiles(files: TrainedFiles): string | undefined {
  const content = files.get(MANIFEST);
  if (!content) return `wrote no ${MANIFEST}`;
  let manifest: Manifest;
  try {
    manifest = parseManifest(content, (why) => new Error(why));
  } catch (error) {
    return `wrote an invalid ${MANIFEST}: ${(error as Error).message}`;
  }
  for (const { path, sha256 } of manifest.files) {
    const bytes = files.get(path);
    if (!bytes) return `wrote a ${MANIFEST} that lists ${path}, which does not exist`;
    const actual = createHash('sha256').update(bytes).digest('hex');
    if (actual !== sha256) return `wrote a ${MANIFEST} whose hash of ${path} is wrong`;
  }
  return undefined;
}
