import type { RecommendQuery, RecommendReply } from './collect-and-recommend-contract.ts';

/**
 * Types of the request and reply of each serving chain, by the kind of the chain's actions. A world uses the chains
 * that it needs: films use slates.
 */
export interface Chains {
  readonly slate: { readonly request: RecommendQuery; readonly reply: RecommendReply };
}

export type RequestOf<Kind extends keyof Chains> = Chains[Kind]['request'];
export type ReplyOf<Kind extends keyof Chains> = Chains[Kind]['reply'];
