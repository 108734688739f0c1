import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pythonEnvironment } from '../../../localstack/servers/python-environment.ts';
import type { Finding } from '../synthesise-app.ts';

const REQUIREMENTS = join(import.meta.dirname, 'linters-requirements.txt');
const MOST_OUTPUT = 2 ** 26;

/** A finding in the template of a file. */
export interface LinterFinding extends Finding {
  readonly file: string;
}

/** The folder of their programs; they are installed once. */
export const linters = async (): Promise<string> => dirname(await pythonEnvironment('linters', REQUIREMENTS));

/** What a linter prints, whatever it thinks of it. */
function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
      // Its status says that it found something; without output it did not run.
      if (error && stdout === '') reject(new Error(`${program} did not run: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

/** @param files templates */
export async function cfnLint(programs: string, files: readonly string[]): Promise<LinterFinding[]> {
  const found = JSON.parse(
    await output(join(programs, 'cfn-lint'), ['--regions', 'us-east-1', '--format', 'json', ...files]),
  ) as {
    readonly Rule: { readonly Id: string };
    readonly Filename: string;
    readonly Location: { readonly Path: readonly (string | number)[] | null };
  }[];
  return found.map(({ Rule, Filename: file, Location: { Path } }) => {
    const [section, id] = Path ?? [];
    return { rule: Rule.Id, file, path: section === 'Resources' ? pathOf(file, String(id)) : stackOf(file) };
  });
}

/** @param folder that holds templates, and folders with templates */
export async function checkov(programs: string, folder: string): Promise<LinterFinding[]> {
  const args = ['--directory', folder, '--framework', 'cloudformation', '--output', 'json', '--quiet', '--compact'];
  const { results, summary } = JSON.parse(await output(join(programs, 'checkov'), [...args, '--skip-download'])) as {
    readonly results: {
      readonly failed_checks: readonly {
        readonly check_id: string;
        readonly file_path: string;
        readonly resource: string;
      }[];
    };
    readonly summary: { readonly parsing_errors: number };
  };
  if (summary.parsing_errors > 0) throw new Error(`checkov cannot read ${summary.parsing_errors} of the templates`);
  return results.failed_checks.map(({ check_id: rule, file_path, resource }) => {
    const file = join(folder, file_path);
    return { rule, file, path: pathOf(file, resource.split('.').at(-1) ?? '') };
  });
}

/** @returns what it says of these Dockerfiles; nothing where they are as they should be */
export const hadolint = (programs: string, files: readonly string[]): Promise<string> =>
  output(join(programs, 'hadolint'), ['--no-color', ...files]);

const stackOf = (file: string): string => file.replace(/^.*\/(\w+)\.template\.json$/, '$1');

/** The construct that a resource was made by. */
function pathOf(file: string, logicalId: string): string {
  const template = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly Resources: Readonly<Record<string, { readonly Metadata?: { readonly 'aws:cdk:path'?: string } }>>;
  };
  return template.Resources[logicalId]?.Metadata?.['aws:cdk:path'] ?? `${stackOf(file)}/${logicalId}`;
}
