import { BEHAVIOURS, type Behaviour } from '#domain/universe/behaviours-and-scenario-schema.ts';

/** For each behaviour, whether it is switched on. */
export type BehaviourSwitches = Readonly<Record<Behaviour, boolean>>;

/** Returns switches that are all on, except those in `off`. @default off - none */
export const behaviourSwitches = (off: readonly Behaviour[] = []): BehaviourSwitches =>
  Object.fromEntries(BEHAVIOURS.map((name) => [name, !off.includes(name)])) as BehaviourSwitches;
