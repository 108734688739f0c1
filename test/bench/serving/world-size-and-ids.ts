/** Number of titles and users of the benchmark: a large catalogue and city. */
export const TITLES = 50_000;
export const USERS = 100_000;
const SLATE = 20;
/** Number of plays in each user's history, which is the maximum. */
export const PLAYS = 50;
export const userId = (number: number): string => `u-${number}`;
export const titleId = (number: number): string => `t-${number}`;

export const slatePath = (user: number): string => `/v1/recommendations?userId=${userId(user)}&k=${SLATE}`;
