import { z } from 'zod';

/** A manifest that a trainer wrote before files had roles: `files` has one key per file, its path. */
const Format2 = z.looseObject({
  formatVersion: z.literal(2),
  files: z.record(z.string(), z.looseObject({})).default({}),
});

/** Path → role. */
const ROLES: Readonly<Record<string, string>> = {
  'user-tower.onnx': 'user-tower',
  'model.onnx': 'ranker',
  'index.faiss': 'index',
  'item-vectors.f32': 'item-vectors',
  'similar-titles.i32': 'similar-titles',
};

/** Returns a manifest of format 2 in format 3, with a path as the role of an unknown file. Returns any other value unchanged. */
export function upgradeFormat2(value: unknown): unknown {
  const parsed = Format2.safeParse(value);
  if (!parsed.success) return value;
  const { files, ...fields } = parsed.data;
  const entries = Object.entries(files).map(([path, facts]) => ({ ...facts, role: ROLES[path] ?? path, path }));
  return { ...fields, formatVersion: 3, files: entries };
}
