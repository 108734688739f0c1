import { createInterface, emitKeypressEvents } from 'node:readline';

/** The keyboard of a terminal, such as `process.stdin`. */
export type Keyboard = NodeJS.ReadStream;

export interface PressedKeys extends Disposable {
  /** Returns the next pressed key, or undefined if there is none. Ctrl-C is the key q. */
  readonly next: () => string | undefined;
  /** Resolves when there is a next key, or when `wake` is called. */
  readonly pressed: () => Promise<void>;
  readonly wake: () => void;
  /** Reads one line. @returns the line without spaces at its ends */
  readonly ask: (question: string) => Promise<string>;
}

/** Reads single keys from a terminal, which is in raw mode until the end. */
export function pressedKeys(keyboard: Keyboard): PressedKeys {
  const waiting: string[] = [];
  let wake = (): void => undefined;
  const onKey = (_: unknown, { name = '', ctrl }: { name?: string; ctrl?: boolean }) => {
    waiting.push(ctrl && name === 'c' ? 'q' : name);
    wake();
  };
  const listen = () => {
    keyboard.setRawMode?.(true);
    keyboard.on('keypress', onKey).resume();
  };
  const pause = () => {
    keyboard.off('keypress', onKey);
    keyboard.setRawMode?.(false);
  };
  emitKeypressEvents(keyboard);
  listen();
  return {
    next: () => waiting.shift(),
    pressed: () =>
      new Promise<void>((resolve) => {
        if (waiting.length > 0) resolve();
        else wake = resolve;
      }),
    wake: () => wake(),
    ask: async (question) => {
      pause();
      const lines = createInterface({ input: keyboard, output: process.stderr });
      try {
        return await new Promise<string>((resolve) => {
          lines.once('close', () => resolve(''));
          lines.question(question, (line) => resolve(line.trim()));
        });
      } finally {
        lines.close();
        listen();
      }
    },
    [Symbol.dispose]: () => {
      pause();
      keyboard.pause();
    },
  };
}
