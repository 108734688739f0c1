/** What the trainer can train, as it names them (agentbricks_trainer/models): the first is the one that is served. */
export const MODELS = ['two-tower', 'neumf', 'ials', 'item-knn', 'popularity'] as const;
export type RecommenderName = (typeof MODELS)[number];
