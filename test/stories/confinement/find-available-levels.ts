import {
  type ConfinementLevel,
  levelOf,
  type Mechanism,
} from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import { withBubblewrap } from '../../../stories/academy/confinement/mechanisms/bubblewrap.ts';
import { privilegesOf } from '../../../stories/academy/confinement/mechanisms/drop-privileges.ts';
import { systemProgram } from '../../../stories/academy/confinement/mechanisms/mount-plan.ts';
import { withUnshare } from '../../../stories/academy/confinement/mechanisms/unshare.ts';

const tool = (name: string): string => systemProgram(name) ?? '';
const [privileges = 'user-namespace'] = privilegesOf();
const tools = { setpriv: tool('setpriv'), prlimit: tool('prlimit') };

const available = async (mechanisms: readonly Mechanism[]): Promise<readonly ConfinementLevel[]> => {
  const levels = await Promise.all(mechanisms.map(levelOf));
  return levels.filter((level) => level !== undefined);
};

/** Levels with namespaces that work on this machine. In CI, both work. */
export const namespaceLevels = await available(['bubblewrap', 'unshare']);
export const [withoutNamespaces] = (await available(['none'])) as [ConfinementLevel];
export const allLevels = [...namespaceLevels, ...(await available(['filter', 'none']))];
/** Levels with a filter that denies system calls. */
export const levelsWithFilter = allLevels.filter(({ seccomp }) => seccomp);
export const filterLevels = await available(['filter']);

/** Levels with namespaces but no filter, as on a machine where no filter can be installed. */
export const withoutFilter: readonly ConfinementLevel[] = namespaceLevels.map(({ mechanism }) => ({
  ...{ mechanism, seccomp: false },
  launch: (program) =>
    mechanism === 'bubblewrap'
      ? withBubblewrap(program, { ...tools, bwrap: tool('bwrap') }, privileges)
      : withUnshare(program, { ...tools, unshare: tool('unshare') }, privileges),
}));
