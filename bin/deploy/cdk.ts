import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environmentWith, readConfig } from '#adapters/composition/config.ts';

export interface CdkOptions {
  readonly profile: string;
  /** Another app than cdk.json's, such as one that an emulator can take. */
  readonly app?: string;
  readonly root: string;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The arguments of `cdk` for these stacks, and no others: what they stand on was checked before. */
export const cdkArguments = (
  command: 'deploy' | 'destroy',
  stacks: readonly string[],
  { profile, app }: Pick<CdkOptions, 'profile' | 'app'>,
): string[] => [
  command,
  ...stacks,
  '--exclusively',
  ...(command === 'deploy' ? ['--require-approval', 'never', '--progress', 'events'] : ['--force']),
  '--context',
  `profile=${profile}`,
  ...(app ? ['--app', app] : []),
];

/**
 * Runs `cdk` and shows what it says on stderr. Ctrl-C ends it; CloudFormation goes on with what it began.
 *
 * @returns its exit status; null when it was stopped
 */
export function cdk(args: readonly string[], { root }: Pick<CdkOptions, 'root'>): Promise<number | null> {
  const child = spawn(process.execPath, [program(root), ...args], {
    cwd: root,
    env: environment(),
    stdio: ['ignore', 2, 2],
  });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, pass);
  return new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  }).finally(() => {
    for (const signal of SIGNALS) process.off(signal, pass);
  });
}

/** What `cdklocal` wants named besides. */
function environment(): NodeJS.ProcessEnv {
  const { AWS_ENDPOINT_URL: emulator } = readConfig();
  if (!emulator) return environmentWith({});
  return environmentWith({ AWS_ENDPOINT_URL_S3: emulator, AWS_ENVAR_ALLOWLIST: 'AWS_REGION,AWS_DEFAULT_REGION' });
}

/** An emulator needs the `cdk` that knows emulators, where it is installed. */
function program(root: string): string {
  const bin = join(root, 'node_modules');
  const local = join(bin, 'aws-cdk-local/bin/cdklocal');
  const { AWS_ENDPOINT_URL: emulator } = readConfig();
  return emulator && existsSync(local) ? local : join(bin, 'aws-cdk/bin/cdk');
}
