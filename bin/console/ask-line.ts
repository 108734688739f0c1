import { createInterface } from 'node:readline/promises';

/** Reads one line from the terminal. @returns the line without spaces at its ends; empty if the input has ended */
export async function askLine(question: string): Promise<string> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
  try {
    return (await Promise.race([asking.question(question), closed])).trim();
  } finally {
    asking.close();
  }
}
