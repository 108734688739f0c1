import { PURPOSE, type RandomNumbers } from '#domain/core/random.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { DIMENSIONS, normalise } from './title-catalogue.ts';

export const PERSONAS = 12;
const LOVED_GENRES = 2;
const DISLIKED_GENRES = 3;
const DISLIKE = -0.8;
const STYLE_TASTE = 0.3;
const LOCAL_PERSONAS = 3;
const LOCAL_SHARE = 0.5;

/**
 * Typical tastes: a few loved genres, a few disliked ones, a leaning to some style. They are centred, so that they say how
 * people differ; what all agree on is a title's quality.
 *
 * Shape   PERSONAS rows of DIMENSIONS, each of length 1
 * Source  a mixture of communities: Hofmann 2004, "Latent semantic models for collaborative filtering"
 */
export function createPersonas({ uniform, normal }: RandomNumbers): Float32Array[] {
  const personas = Array.from({ length: PERSONAS }, (_, persona) => {
    const taste = new Float32Array(DIMENSIONS);
    const genre = (index: number) => Math.floor(GENRES.length * uniform(persona, 1, PURPOSE.persona, index));
    for (let i = 0; i < DISLIKED_GENRES; i++) taste[genre(LOVED_GENRES + i)] = DISLIKE;
    for (let i = 0; i < LOVED_GENRES; i++) taste[genre(i)] = 1;
    for (let i = GENRES.length; i < DIMENSIONS; i++) taste[i] = STYLE_TASTE * normal(persona, 1, PURPOSE.persona, i);
    return taste;
  });
  const common = personas[0]?.map((_, i) => personas.reduce((sum, taste) => sum + (taste[i] ?? 0), 0) / PERSONAS);
  for (const taste of personas) {
    for (let i = 0; i < DIMENSIONS; i++) taste[i] = (taste[i] ?? 0) - (common?.[i] ?? 0);
    normalise(taste);
  }
  return personas;
}

/** Countries differ in taste: half of their people are of a few personas that the country favours. */
export function personaOf(country: number, whether: number, which: number): number {
  if (whether >= LOCAL_SHARE) return Math.floor(PERSONAS * which);
  return (LOCAL_PERSONAS * country + Math.floor(LOCAL_PERSONAS * which)) % PERSONAS;
}
