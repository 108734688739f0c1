/** Settings of the handlers. layers/adapters/composition/read-config.ts reads them from the environment. */
export interface Settings {
  /** Policy that decides slates: the champion model if one exists, or a fixed policy. */
  readonly policy: 'champion' | 'popular' | 'random';
  /**
   * Share of the users in the control group, which the popularity policy serves, 0 to 1. A hash of the user's id
   * assigns users to it.
   */
  readonly holdbackShare: number;
  /** Probability that a position of a slate shows a randomly chosen title (exploration), 0 to 1. */
  readonly explorationShare: number;
}
