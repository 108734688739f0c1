/** Information that a policy has when it chooses a title. It does not include hidden facts such as true tastes. */
export interface Context {
  readonly requestId: string;
  readonly userId: string;
  /** Titles that may be shown, by title number. */
  readonly allowed: readonly number[];
  /** Release of each title of the catalogue, UTC epoch ms. */
  readonly releasedAt: readonly number[];
}

/** A policy that shows one title, with the probability of each. */
export interface Target {
  readonly name: string;
  readonly description: string;
  probability(context: Context, title: number): number;
}

const newestOf = ({ allowed, releasedAt }: Context): number =>
  allowed.reduce(
    (best, title) => ((releasedAt[title] ?? 0) > (releasedAt[best] ?? 0) ? title : best),
    allowed[0] ?? -1,
  );

const newest = (context: Context, title: number) => Number(newestOf(context) === title);
const anyOf = ({ allowed }: Context) => 1 / allowed.length;

/** The policies whose values the study estimates. */
export const TARGETS: readonly Target[] = [
  { name: 'random', description: 'any allowed title, uniformly', probability: anyOf },
  { name: 'newest', description: 'the most recent release', probability: newest },
  {
    name: 'half-new',
    description: 'the most recent release or any other title, with equal probability',
    probability: (context, title) => (newest(context, title) + anyOf(context)) / 2,
  },
];
