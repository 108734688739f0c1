/** Names of the recommenders that the trainer supports (agentbricks_trainer/models). The first one is served. */
export const MODELS = ['two-tower', 'neumf', 'ials', 'item-knn', 'popularity'] as const;
export type RecommenderName = (typeof MODELS)[number];
