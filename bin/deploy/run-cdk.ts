import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { environmentWith, readConfig } from '#adapters/composition/read-config.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import type { ProfileName } from '../../lib/deployment-profiles.ts';
import type { Terminal } from '../console/terminal.ts';

export interface CdkOptions {
  readonly profile: ProfileName;
  /** Command of another CDK app, such as one for an emulator. @default - the app of cdk.json */
  readonly app?: string;
}

export type CdkCommand = 'deploy' | 'destroy';

export const ROOT = resolve(import.meta.dirname, '../..');
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

class CdkFailed extends BrickError {
  override readonly code = 'BRICK_DEPLOYMENT_FAILED';
  constructor(command: string, status: number) {
    super({
      what: `\`cdk ${command}\` failed with exit status ${status}`,
      why: 'the first ❌ above marks the resource that AWS rejected',
      fix: 'Fix that error, and run the same command again. `agentbricks status --aws` shows which stacks are deployed',
    });
  }
}

/** Returns the arguments of `cdk` for these stacks only. The checklist has checked the stacks that they depend on. */
export const cdkArguments = (
  command: CdkCommand,
  stacks: readonly string[],
  { profile, app }: CdkOptions,
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
 * Deploys or destroys stacks with `cdk`, whose output goes to stderr.
 *
 * @returns false if Ctrl-C stopped it @throws CdkFailed
 */
export async function runCdk(
  command: CdkCommand,
  stacks: readonly string[],
  options: CdkOptions,
  terminal: Terminal,
): Promise<boolean> {
  const status = await exitStatus(cdkArguments(command, stacks, options));
  if (status === null) {
    terminal.say('Stopped. CloudFormation completes the operations that it has begun; see `agentbricks status --aws`.');
    return false;
  }
  if (status !== 0) throw new CdkFailed([command, ...stacks].join(' '), status);
  return true;
}

/** Runs `cdk`, and ends it on Ctrl-C. @returns its exit status, or null if a signal ended it */
function exitStatus(args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, [programPath(), ...args], {
    cwd: ROOT,
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

/** Returns the environment of `cdk`. For an emulator, it has the additional variables that `cdklocal` requires. */
function environment(): NodeJS.ProcessEnv {
  const { AWS_ENDPOINT_URL: emulator } = readConfig();
  if (!emulator) return environmentWith({});
  return environmentWith({ AWS_ENDPOINT_URL_S3: emulator, AWS_ENVAR_ALLOWLIST: 'AWS_REGION,AWS_DEFAULT_REGION' });
}

/** Returns the path of `cdk`, or of `cdklocal` for an emulator if it is installed. */
function programPath(): string {
  const modules = join(ROOT, 'node_modules');
  const local = join(modules, 'aws-cdk-local/bin/cdklocal');
  const { AWS_ENDPOINT_URL: emulator } = readConfig();
  return emulator && existsSync(local) ? local : join(modules, 'aws-cdk/bin/cdk');
}
