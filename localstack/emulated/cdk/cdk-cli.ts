import { join } from 'node:path';
import { environmentWith } from '#adapters/composition/config.ts';
import { BrickError } from '#domain/core/errors.ts';
import type { ProfileName } from '../../../lib/profiles.ts';
import { run } from '../../embedded/process/run-process.ts';

/** What the emulated app is told of the servers beside it; localstack/emulated/cdk/emulated-app.ts reads it from the context. */
export interface Surroundings {
  /** `host:port,…` of Kafka. */
  readonly brokers: string;
  /** `redis://host:port` */
  readonly cacheUrl: string;
  /** Base URL of the two APIs (router.ts). */
  readonly apiUrl: string;
  /** URL of the queue that hands trainings to a worker (train-worker.ts). */
  readonly trainerQueue: string;
}

interface Options {
  /** Cloud assembly, made by `synth`. */
  readonly assembly: string;
  readonly environment: Readonly<Record<string, string>>;
}

export class CdkFailed extends BrickError {
  override readonly code = 'BRICK_CDK_FAILED';
  constructor(command: string, said: string) {
    super({
      what: `\`${command}\` failed: ${said}`,
      why: 'a template cannot be synthesised, or the emulator refuses a resource',
      fix: 'Name the refused type in localstack/emulated/cdk/resource-stubs.ts, or mend the stack',
    });
  }
}

const ROOT = join(import.meta.dirname, '../../..');
const APP = 'node localstack/emulated/cdk/emulated-app.ts';
const LAST_CHARACTERS = 2_000;

/** The CDK's commands against an emulated AWS. The app is synthesised once, with its functions bundled once. */
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
    synth: (profile: ProfileName, surroundings: Surroundings) =>
      command('cdk', 'synth', '--quiet', '--app', APP, '--output', assembly, ...contextOf(profile, surroundings)),
    bootstrap: () => command('cdklocal', 'bootstrap', '--app', assembly),
    /** @param stacks and those that they stand on @default - all */
    deploy: (...stacks: string[]) =>
      command('cdklocal', 'deploy', ...of(stacks), '--require-approval', 'never', '--progress', 'events'),
    /** @param stacks and those that stand on them @default - all */
    destroy: (...stacks: string[]) => command('cdklocal', 'destroy', ...of(stacks), '--force'),
  };
}

const contextOf = (profile: ProfileName, surroundings: Surroundings): string[] => [
  ...['--context', `profile=${profile}`],
  ...Object.entries(surroundings).flatMap(([name, value]) => ['--context', `emulated:${name}=${value}`]),
];
