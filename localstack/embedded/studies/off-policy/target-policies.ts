/** What is known of a request before anything is shown: of the catalogue and of this user's plays, nothing hidden. */
export interface Context {
  readonly requestId: string;
  readonly userId: string;
  /** Titles that may be shown, by title number. */
  readonly allowed: readonly number[];
  /** Release of each title of the catalogue, UTC epoch ms. */
  readonly releasedAt: readonly number[];
}

/** A policy that shows one title, and says how likely each is. */
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

/** From one that is hardly ever shown in the log to one that is most of it. */
export const TARGETS: readonly Target[] = [
  { name: 'random', description: 'any allowed title, evenly', probability: anyOf },
  { name: 'newest', description: 'the last to come out', probability: newest },
  {
    name: 'half-new',
    description: 'the last to come out or any other, by the toss of a coin',
    probability: (context, title) => (newest(context, title) + anyOf(context)) / 2,
  },
];
