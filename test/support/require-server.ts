import { describe } from 'vitest';

/**
 * `describe` where a test's server or tool is there. Elsewhere the tests are skipped with a line that says how to get it;
 * in CI, where it must be there, they fail.
 */
export function describeWith(name: string, isThere: boolean, how: string): typeof describe | typeof describe.skip {
  if (isThere) return describe;
  if (process.env.CI === 'true') throw new Error(`${name} is missing, and CI must have it: ${how}`);
  process.stderr.write(`SKIPPED: the tests that need ${name}. ${how}\n`);
  return describe.skip;
}

/** The same for what even CI may lack: there too the tests are skipped, with the line. */
export function describeIfAvailable(name: string, isThere: boolean, how: string): typeof describe | typeof describe.skip {
  if (isThere) return describe;
  process.stderr.write(`SKIPPED: the tests that need ${name}. ${how}\n`);
  return describe.skip;
}
