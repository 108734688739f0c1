import { readFileSync } from 'node:fs';
import { systemProgram } from './mechanisms/mount-plan.ts';

/** Settings that forbid user namespaces: path under /proc/sys, value that forbids them, value that allows them. */
const FORBIDDING_SETTINGS = [
  ['kernel/apparmor_restrict_unprivileged_userns', '1', '0'],
  ['kernel/unprivileged_userns_clone', '0', '1'],
  ['user/max_user_namespaces', '0', '10000'],
] as const;

/**
 * Returns the reason why this machine has no namespaces for a learner's code, as a clause, and then the fix, as a
 * sentence.
 *
 * @param read returns the content of a file, or undefined if there is none
 */
export function whyNoNamespaces(platform = process.platform, read = contentOf, has = systemProgram): string {
  if (platform !== 'linux')
    return 'separate file systems and networks need Linux. Use a Linux machine or a virtual one.';
  const setting = FORBIDDING_SETTINGS.find(([name, forbids]) => read(`/proc/sys/${name}`)?.trim() === forbids);
  if (setting) {
    const name = setting[0].replace('/', '.');
    return `the setting ${name} forbids user namespaces. Run \`sudo sysctl -w ${name}=${setting[2]}\`.`;
  }
  if (!has('bwrap')) return 'bubblewrap is not installed. Install it, for example with `sudo apt install bubblewrap`.';
  return 'this machine forbids namespaces, as most containers do. Use another machine, or allow namespaces in the container.';
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
