import { z } from 'zod';

/** A manifest that a trainer wrote before files had roles. The keys of `files` are paths. */
const Format2 = z.looseObject({
  formatVersion: z.literal(2),
  files: z.record(z.string(), z.looseObject({})).default({}),
});

/** Role of each file of a film recommender in format 2, by path. */
const ROLES: Readonly<Record<string, string>> = {
  'user-tower.onnx': 'user-tower',
  'model.onnx': 'ranker',
  'index.faiss': 'index',
  'item-vectors.f32': 'item-vectors',
  'similar-titles.i32': 'similar-titles',
};

/**
 * Converts a manifest of format 2 to format 3. The role of an unknown file is its path. Any other value is returned
 * unchanged.
 */
export function upgradeFormat2(value: unknown): unknown {
  const parsed = Format2.safeParse(value);
  if (!parsed.success) return value;
  const { files, ...fields } = parsed.data;
  const entries = Object.entries(files).map(([path, facts]) => ({ ...facts, role: ROLES[path] ?? path, path }));
  return { ...fields, formatVersion: 3, files: entries };
}
