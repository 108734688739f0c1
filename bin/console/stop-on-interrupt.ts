import type { Terminal } from './terminal.ts';

/** Exit status of a program that Ctrl-C stopped. */
export const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs work that Ctrl-C stops at the next safe point. A second Ctrl-C ends the process immediately; acknowledged events
 * are durable, so none is lost.
 *
 * @returns the work's exit status, or 130 if it was interrupted
 */
export async function untilInterrupted(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    terminal.say('Stopping at the next safe point. Press Ctrl-C again to stop immediately.');
    stop.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await work(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    terminal.say('Stopped. The next start resumes from here.');
    return INTERRUPTED;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}
