import { spawnSync } from 'node:child_process';
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Trigger, type TriggerName, triggers } from '../../functions/triggers.ts';
import { describeWith } from '../support/require-server.ts';
import { bundle } from './bundle/bundle-function-with-learner-profile.ts';

/** Lambda's size limit for a function with its layers, unzipped: 250 MB in AWS's units. */
const MOST = 250 * 2 ** 20;
const NATIVE = resolve('layers/native');
const scratch = mkdtempSync(join(tmpdir(), 'agentbricks-size-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true }).map((entry) => join(folder, String(entry)));
const bytesOf = (folder: string): number =>
  filesIn(folder).reduce((sum, file) => (lstatSync(file).isFile() ? sum + statSync(file).size : sum), 0);

/** Installs the layers as `npm run layers` does, in a temporary folder. @returns the folder, and the error, if any */
function installed(cpu: 'arm64' | 'x64'): { readonly folder: string; readonly problem?: string } {
  const folder = join(scratch, cpu);
  cpSync(NATIVE, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  const { status, stderr } = spawnSync(join(NATIVE, 'install.sh'), [cpu, folder], { encoding: 'utf8' });
  return status === 0 ? { folder } : { folder, problem: stderr.slice(0, 500) };
}

const withNatives = (Object.entries(triggers) as [TriggerName, Trigger][]).filter(([, { uses }]) =>
  uses.native?.some((name) => name !== 'kafka'),
);

describe.each(['arm64', 'x64'] as const)('on %s', (cpu) => {
  const { folder, problem } = installed(cpu);
  const layerOf = (name: string) => join(folder, name);

  describeWith(
    `the binaries of the layers for ${cpu}`,
    problem === undefined,
    `npm could not download them: ${problem}`,
  )('a function with its layers', () => {
    it('contains only binaries for this processor', () => {
      const binaries = filesIn(folder).filter((file) => /\.(node|so[.\d]*)$/.test(file));
      const names = ['duckdb', 'onnxruntime', 'usearch'];
      for (const name of names) expect(binaries.filter((file) => file.includes(name)).length, name).toBeGreaterThan(0);
      const other = cpu === 'arm64' ? /x64|x86_64|darwin|win32/ : /arm64|aarch64|darwin|win32/;
      expect(binaries.map((file) => file.slice(folder.length)).filter((file) => other.test(file))).toEqual([]);
    });

    it.each(withNatives)('%s is within Lambda’s limit', (name, { uses }) => {
      const code = statSync(bundle(name, scratch, join(scratch, 'nothing-chosen'))).size;
      const layers = (uses.native ?? [])
        .filter((native) => native !== 'kafka')
        .map(layerOf)
        .map(bytesOf);
      expect(Math.min(...layers)).toBeGreaterThan(2 ** 20);
      expect(code + layers.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(MOST);
    });
  });
});
