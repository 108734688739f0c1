/** What a handler needs beyond its ports; layers/adapters/composition/config.ts reads it from the environment. */
export interface Settings {
  /** What decides slates: the champion model when there is one, or a fixed policy. */
  readonly policy: 'champion' | 'popular' | 'random';
  /** Share of users, by a hash of their id, that keep the popularity policy as a control group: 0 to 1. */
  readonly holdbackShare: number;
  /** Share of a slate's positions given to exploration: 0 to 1. */
  readonly explorationShare: number;
}
