import { describe, expect, it } from 'vitest';
import { confinementLevel } from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import { whyNoNamespaces } from '../../../stories/academy/confinement/why-no-namespaces.ts';
import { allLevels, namespaceLevels } from './find-available-levels.ts';

const nothing = () => undefined;
const installed = (name: string) => `/usr/bin/${name}`;

describe('the level of confinement', () => {
  it('is the strongest one that works here, and is found once', async () => {
    const level = await confinementLevel();
    expect(level.mechanism).toBe(allLevels[0]?.mechanism);
    expect(await confinementLevel()).toBe(level);
  });

  it('comes with one line for the learner where something is missing', () => {
    for (const { warning } of namespaceLevels) expect(warning).toBeUndefined();
    for (const { warning } of allLevels.slice(namespaceLevels.length)) {
      expect(warning).toMatch(/^[^\n]+: [^\n]+\. Until then, check only code that you trust\.$/);
    }
  });

  it.each([
    [
      'macOS',
      'darwin',
      nothing,
      installed,
      'separate file systems and networks need Linux. Use a Linux machine or a virtual one.',
    ],
    [
      'Ubuntu',
      'linux',
      (path: string) => (path === '/proc/sys/kernel/apparmor_restrict_unprivileged_userns' ? '1\n' : undefined),
      installed,
      'the setting kernel.apparmor_restrict_unprivileged_userns forbids user namespaces. Run `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`.',
    ],
    [
      'an old Debian',
      'linux',
      (path: string) => (path === '/proc/sys/kernel/unprivileged_userns_clone' ? '0\n' : undefined),
      installed,
      'the setting kernel.unprivileged_userns_clone forbids user namespaces. Run `sudo sysctl -w kernel.unprivileged_userns_clone=1`.',
    ],
    [
      'a bare Linux',
      'linux',
      nothing,
      nothing,
      'bubblewrap is not installed. Install it, for example with `sudo apt install bubblewrap`.',
    ],
    [
      'a container',
      'linux',
      nothing,
      installed,
      'this machine forbids namespaces, as most containers do. Use another machine, or allow namespaces in the container.',
    ],
  ] as const)('says how to get namespaces on %s', (_, platform, read, has, expected) => {
    expect(whyNoNamespaces(platform, read, has)).toBe(expected);
  });
});
