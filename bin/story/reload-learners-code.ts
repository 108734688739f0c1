import { watchSeams } from '#adapters/composition/load-seams.ts';
import type { Seams } from '#domain/events/seam-types.ts';
import type { Runtime } from '../../localstack/embedded/host/runtime.ts';
import type { Terminal } from '../console/terminal.ts';

export interface SeamsFollower extends Disposable {
  /** Sets the serving runtime. It receives the learner's functions immediately, and again after each change. */
  lead(runtime: Pick<Runtime, 'useSeams'> | undefined): void;
}

/**
 * Loads the learner's functions that the command `use` has selected into the running city, and again after each change
 * of the file. Resolves after the first load.
 */
export async function followSeams(file: string, terminal: Pick<Terminal, 'say'>): Promise<SeamsFollower> {
  let current: Partial<Seams> = {};
  let serving: Pick<Runtime, 'useSeams'> | undefined;
  const onChange = (seams: Partial<Seams>): void => {
    if (Object.keys(seams).length > 0 || Object.keys(current).length > 0) terminal.say(messageFor(seams));
    current = seams;
    serving?.useSeams(seams);
  };
  const watch = watchSeams(file, onChange, (error) => {
    terminal.say(`✗ ${(error as Error).message} The city still uses the previous code.`);
  });
  await watch.ready;
  return {
    lead: (runtime) => {
      serving = runtime;
      runtime?.useSeams(current);
    },
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

function messageFor(seams: Partial<Seams>): string {
  const names = Object.keys(seams);
  return names.length === 0 ? 'The city uses the reference implementation.' : `The city uses your ${names.join(', ')}.`;
}
