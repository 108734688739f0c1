import { readFileSync } from 'node:fs';
import { watchSeams } from '#adapters/composition/read-and-watch-seams-json.ts';
import type { Terminal } from '../../console/terminal.ts';

/**
 * Loads the learner's rules into a running Prometheus: immediately, and after each run of `use 05.3`. Rules that
 * Prometheus rejects are reported once, and the reference's rules are loaded instead.
 *
 * @param file path of seams.json
 */
export function followRules(
  file: string,
  useRules: (path: string | undefined) => Promise<void>,
  { say }: Pick<Terminal, 'say'>,
): Disposable {
  let loaded: string | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const load = async (path: string | undefined): Promise<void> => {
    const text = path === undefined ? undefined : readFileSync(path, 'utf8');
    if (text === loaded) return;
    const wasLearners = loaded !== undefined;
    loaded = text;
    await useRules(path);
    if (text !== undefined) say('Prometheus evaluates your rules.yml.');
    else if (wasLearners) say('Prometheus evaluates the reference implementation of rules.yml.');
  };
  const onError = (error: unknown) => say(`✗ ${(error as Error).message} Prometheus evaluates the reference's rules.`);
  return watchSeams(
    file,
    (files) => {
      last = last.then(() => load(files['rules.yml'])).catch(onError);
    },
    onError,
  );
}
