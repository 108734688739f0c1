/** What people do here, each in a module of its own. One that is switched off leaves the rest as it is. */
export const BEHAVIOURS = [
  'personas',
  'countries',
  'rhythm',
  'devices',
  'households',
  'taste-drift',
  'position-bias',
  'satiation',
  'boredom',
  'novelty',
  'word-of-mouth',
  'hype',
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];
export type Behaviours = Readonly<Record<Behaviour, boolean>>;

/** @param off those that are switched off. @default - none */
export const behaviours = (off: readonly Behaviour[] = []): Behaviours =>
  Object.fromEntries(BEHAVIOURS.map((name) => [name, !off.includes(name)])) as Behaviours;
