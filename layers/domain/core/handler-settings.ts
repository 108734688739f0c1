/** Settings of the handlers. layers/adapters/composition/read-config.ts reads them from the environment. */
export interface Settings {
  /** Policy that decides slates: the champion model if one exists, or a fixed policy. */
  readonly policy: 'champion' | 'popular' | 'random';
  /** Share of the users that get the popularity policy as a control group, 0 to 1. A hash of the user's id selects them. */
  readonly holdbackShare: number;
  /** Share of a slate's positions that explore, 0 to 1. */
  readonly explorationShare: number;
}
