import { join } from 'node:path';
import { environmentWith } from '#adapters/composition/read-config.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import type { ProfileName } from '../../../lib/deployment-profiles.ts';
import { run } from '../../embedded/process/run-process.ts';

/** Addresses of the servers next to the emulator. localstack/emulated/cdk/emulated-app.ts reads them from the CDK context. */
export interface EmulatedServices {
  /** `host:port,…` of Kafka. */
  readonly brokers: string;
  /** `redis://host:port` */
  readonly cacheUrl: string;
  /** Base URL of both APIs (api-proxy-that-adds-credentials.ts). */
  readonly apiUrl: string;
  /** URL of the queue that passes training jobs to the worker (batch-worker.ts). */
  readonly trainerQueue: string;
}

interface Options {
  /** Folder of the cloud assembly that `synth` writes. */
  readonly assembly: string;
  readonly environment: Readonly<Record<string, string>>;
}

export class CdkFailed extends BrickError {
  override readonly code = 'BRICK_CDK_FAILED';
  constructor(command: string, said: string) {
    super({
      what: `\`${command}\` failed with the output "${said}"`,
      why: 'CDK cannot generate a template, or the emulator rejects a resource',
      fix: 'Add the rejected type to localstack/emulated/cdk/resource-stubs.ts, or fix the stack',
    });
  }
}

const ROOT = join(import.meta.dirname, '../../..');
const APP = 'node localstack/emulated/cdk/emulated-app.ts';
const LAST_CHARACTERS = 2_000;

/** Runs CDK commands against an emulated AWS. The app is synthesised, and its functions are bundled, only once. */
export function emulatedCdk({ assembly, environment }: Options) {
  const command = async (program: 'cdk' | 'cdklocal', ...args: string[]): Promise<void> => {
    const bin = join(ROOT, 'node_modules/.bin');
    const env = { ...environment, PATH: `${bin}:${environmentWith({}).PATH}` };
    const { status, stdout, tail } = await run(join(bin, program), args, { cwd: ROOT, env });
    const said = [...stdout.split('\n'), ...tail].join('\n').slice(-LAST_CHARACTERS);
    if (status !== 0) throw new CdkFailed(`${program} ${args.join(' ')}`, said);
  };
  const of = (stacks: readonly string[]) => ['--app', assembly, ...(stacks.length === 0 ? ['--all'] : stacks)];
  return {
    synth: (profile: ProfileName, services: EmulatedServices) =>
      command('cdk', 'synth', '--quiet', '--app', APP, '--output', assembly, ...contextOf(profile, services)),
    bootstrap: () => command('cdklocal', 'bootstrap', '--app', assembly),
    /** Deploys stacks. @param stacks names; their dependencies are deployed, too @default - all */
    deploy: (...stacks: string[]) =>
      command('cdklocal', 'deploy', ...of(stacks), '--require-approval', 'never', '--progress', 'events'),
    /** Destroys stacks. @param stacks names; dependent stacks are destroyed, too @default - all */
    destroy: (...stacks: string[]) => command('cdklocal', 'destroy', ...of(stacks), '--force'),
  };
}

const contextOf = (profile: ProfileName, services: EmulatedServices): string[] => [
  ...['--context', `profile=${profile}`],
  ...Object.entries(services).flatMap(([name, value]) => ['--context', `emulated:${name}=${value}`]),
];
