import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pythonEnvironment } from '../../../localstack/servers/create-peer-virtualenv.ts';
import type { Finding } from '../synthesise-app.ts';

const REQUIREMENTS = join(import.meta.dirname, 'linters-requirements.txt');
const MOST_OUTPUT = 2 ** 26;

/** A finding in one template file. */
export interface LinterFinding extends Finding {
  readonly file: string;
}

/** Returns the folder of the linters' programs, which are installed once. */
export const linters = async (): Promise<string> => dirname(await pythonEnvironment('linters', REQUIREMENTS));

/** Returns a linter's output, regardless of its exit status. */
function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
      // The exit status is not 0 if there are findings. A linter without output did not run.
      if (error && stdout === '') reject(new Error(`${program} did not run: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

/** Runs cfn-lint. @param files paths of templates */
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

/** Runs checkov. @param folder folder with templates, which may be in subfolders */
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
  if (summary.parsing_errors > 0) throw new Error(`checkov cannot parse ${summary.parsing_errors} templates`);
  return results.failed_checks.map(({ check_id: rule, file_path, resource }) => {
    const file = join(folder, file_path);
    return { rule, file, path: pathOf(file, resource.split('.').at(-1) ?? '') };
  });
}

/** Runs hadolint on Dockerfiles. @returns its findings as text; an empty string if there are none */
export const hadolint = (programs: string, files: readonly string[]): Promise<string> =>
  output(join(programs, 'hadolint'), ['--no-color', ...files]);

const stackOf = (file: string): string => file.replace(/^.*\/(\w+)\.template\.json$/, '$1');

/** Returns the path of the construct that created a resource of a template. */
function pathOf(file: string, logicalId: string): string {
  const template = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly Resources: Readonly<Record<string, { readonly Metadata?: { readonly 'aws:cdk:path'?: string } }>>;
  };
  return template.Resources[logicalId]?.Metadata?.['aws:cdk:path'] ?? `${stackOf(file)}/${logicalId}`;
}
