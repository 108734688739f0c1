import { watchSeams } from '#adapters/composition/load-seams.ts';
import type { Seams } from '#domain/events/seam-types.ts';
import type { Runtime } from '../../localstack/embedded/host/runtime.ts';
import type { Terminal } from '../console/terminal.ts';

export interface SeamsFollower extends Disposable {
  /** Gives the runtime that serves from now on what is in use, at once and whenever that changes. */
  lead(runtime: Pick<Runtime, 'useSeams'> | undefined): void;
}

/** Keeps a running system to what `use` has written. Resolves when what stands in the file at the start is loaded. */
export async function followSeams(file: string, terminal: Pick<Terminal, 'say'>): Promise<SeamsFollower> {
  let current: Partial<Seams> = {};
  let serving: Pick<Runtime, 'useSeams'> | undefined;
  const onChange = (seams: Partial<Seams>): void => {
    if (Object.keys(seams).length > 0 || Object.keys(current).length > 0) terminal.say(told(seams));
    current = seams;
    serving?.useSeams(seams);
  };
  const watch = watchSeams(file, onChange, (error) => {
    terminal.say(`✗ ${(error as Error).message} What was in use stays in use.`);
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

function told(seams: Partial<Seams>): string {
  const names = Object.keys(seams);
  return names.length === 0 ? 'The city uses the reference.' : `The city uses your ${names.join(', ')}.`;
}
