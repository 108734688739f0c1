import { describe } from 'vitest';

/**
 * Returns `describe` if a required server or tool is available. Otherwise, the tests are skipped with an installation
 * hint. In CI, a missing server or tool is an error.
 */
export function describeWith(
  name: string,
  isAvailable: boolean,
  installHint: string,
): typeof describe | typeof describe.skip {
  if (isAvailable) return describe;
  if (process.env.CI === 'true') throw new Error(`${name} is missing, but CI requires it: ${installHint}`);
  process.stderr.write(`SKIPPED: tests that need ${name}. ${installHint}\n`);
  return describe.skip;
}

/** Like `describeWith`, for tools that may be missing even in CI: there, too, the tests are skipped. */
export function describeIfAvailable(
  name: string,
  isAvailable: boolean,
  installHint: string,
): typeof describe | typeof describe.skip {
  if (isAvailable) return describe;
  process.stderr.write(`SKIPPED: tests that need ${name}. ${installHint}\n`);
  return describe.skip;
}
