import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Manifest } from '#domain/models/model-manifest.ts';
import type { LoadedVersion, ModelFiles } from '#model-registry/model-registry.ts';

/** Folder of the fixture model: test/support/make_fixture_model.py writes it. */
export const FIXTURE = join(import.meta.dirname, 'fixture-model');
/** Number of titles, t-0 to t-29. */
export const FIXTURE_TITLES = 30;

/** Loads a small model whose titles are of three kinds: the title's number modulo 3. It needs no training. */
export const fixtureModel = (): LoadedVersion => modelIn(FIXTURE);

/** Reads a model from a folder that the trainer wrote. */
export function modelIn(folder: string): LoadedVersion {
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
  const entries = manifest.files.map(({ role, path }) => [role, readFileSync(join(folder, path))] as const);
  return { manifest, files: Object.fromEntries(entries) as unknown as ModelFiles };
}
