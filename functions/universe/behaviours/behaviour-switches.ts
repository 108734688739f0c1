import { BEHAVIOURS, type Behaviour } from '#domain/universe/scenario.ts';

export type BehaviourSwitches = Readonly<Record<Behaviour, boolean>>;

/** @param off those that are switched off. @default - none */
export const behaviours = (off: readonly Behaviour[] = []): BehaviourSwitches =>
  Object.fromEntries(BEHAVIOURS.map((name) => [name, !off.includes(name)])) as BehaviourSwitches;
