import type { Terminal } from './terminal.ts';

/** Exit status of a program that was stopped by the keyboard. */
const INTERRUPTED = 130;

/**
 * Runs work that Ctrl-C ends at the next safe point; a second Ctrl-C ends the process at once, which loses nothing that
 * was acknowledged.
 *
 * @returns the work's exit status, or 130 when it was cut
 */
export async function untilInterrupted(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    terminal.say('Stopping at the next safe point. Once more to stop at once.');
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    terminal.say('Stopped. The next start goes on from here.');
    return INTERRUPTED;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}
