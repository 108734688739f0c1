import type { ProfileName } from '../../lib/deployment-profiles.ts';
import type { Choices } from './synthesise-app.ts';

/** Variant → profile and options: each profile without options, and production with all options. */
export const variants = {
  learner: ['learner', {}],
  production: ['production', {}],
  'production-all-options': [
    'production',
    { serving: 'fargate', private: 'true', issuer: 'https://id.example.org', audience: 'agentbricks' },
  ],
} as const satisfies Record<string, readonly [ProfileName, Choices]>;
export type Variant = keyof typeof variants;
export const variantNames = Object.keys(variants) as Variant[];
