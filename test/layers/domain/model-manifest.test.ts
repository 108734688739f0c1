import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILE_ROLES, Manifest, parseManifest } from '#domain/models/model-manifest.ts';
import { FIXTURE } from '../../../bin/parity/fixture-model.ts';

/** Manifests of the same files: in format 2, in which files have no roles, and in the current format. */
const recorded = readFileSync(resolve('test/support/fixtures/manifest-format-2.json'));
const current = readFileSync(join(FIXTURE, 'manifest.json'));
const invalid = (why: string) => new Error(why);
const fields = () => JSON.parse(current.toString()) as Manifest;

describe('a manifest', () => {
  it('lists its files with roles', () => {
    const { files, formatVersion } = parseManifest(current, invalid);
    expect(formatVersion).toBe(3);
    expect(files.map(({ role }) => role)).toEqual([...FILE_ROLES]);
    expect(files[1]).toMatchObject({ role: 'ranker', path: 'model.onnx', bytes: 8427 });
  });

  it('that was written in format 2 is read as if it were of format 3', () => {
    expect(JSON.parse(recorded.toString())).toMatchObject({
      formatVersion: 2,
      files: { 'model.onnx': { bytes: 8427 } },
    });
    expect(parseManifest(recorded, invalid)).toEqual(parseManifest(current, invalid));
  });

  it('remains the same if it is stored and read again', () => {
    const manifest = parseManifest(recorded, invalid);
    expect(Manifest.parse(JSON.parse(JSON.stringify(manifest)))).toEqual(manifest);
  });

  it('may list files with other roles', () => {
    const more = { role: 'query-encoder', path: 'query.onnx', sha256: '0'.repeat(64), bytes: 1 };
    expect(Manifest.parse({ ...fields(), files: [...fields().files, more] }).files.at(-1)).toEqual(more);
  });

  it.each([
    ['lacks a role', { files: fields().files.slice(1) }, 'no file has the role user-tower'],
    ['has a role twice', { files: [...fields().files, fields().files[0]] }, 'two files have the role user-tower'],
    [
      'has a path twice',
      { files: [...fields().files, { ...fields().files[0], role: 'other' }] },
      'two files have the path user-tower.onnx',
    ],
    [
      'names a file outside the folder',
      { files: [{ ...fields().files[0], path: '../secret' }, ...fields().files.slice(1)] },
      'files.0.path is invalid',
    ],
    ['has an unknown format', { formatVersion: 4 }, 'formatVersion is invalid'],
    ['is of format 2 and has files of format 3', { formatVersion: 2 }, 'formatVersion is invalid'],
    ['is of format 3 and has files of format 2', { files: JSON.parse(recorded.toString()).files }, 'files is invalid'],
  ])('that %s is rejected, and the error names the field', (_, change, why) => {
    const bytes = Buffer.from(JSON.stringify({ ...fields(), ...change }));
    expect(() => parseManifest(bytes, invalid)).toThrow(why);
  });

  it.each([
    ['lacks a file', ({ 'index.faiss': _, ...files }) => files, 'no file has the role index'],
    ['has an unknown file', (files) => ({ ...files, 'notes.txt': files['model.onnx'] }), 'files.5.role is invalid'],
    ['has a file without its hash', (files) => ({ ...files, 'model.onnx': { bytes: 1 } }), 'files.1.sha256 is invalid'],
  ] satisfies [string, (files: Record<string, object>) => object, string][])(
    'of format 2 that %s is rejected, and the error names the field of format 3',
    (_, change, why) => {
      const old = JSON.parse(recorded.toString()) as { files: Record<string, object> };
      const bytes = Buffer.from(JSON.stringify({ ...old, files: change(old.files) }));
      expect(() => parseManifest(bytes, invalid)).toThrow(why);
    },
  );
});
