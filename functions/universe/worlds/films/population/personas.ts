import { PURPOSE, type RandomNumbers } from '#domain/core/philox-random.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { DIMENSIONS, normalise } from './title-catalogue.ts';

/** Number of personas. */
export const PERSONAS = 12;
const LOVED_GENRES = 2;
const DISLIKED_GENRES = 3;
/** Weight of a disliked genre; a loved one has weight 1. */
const DISLIKE = -0.8;
/** Standard deviation of the weights of styles. */
const STYLE_TASTE = 0.3;
/** Number of personas that a country favours. */
const LOCAL_PERSONAS = 3;
/** Share of a country's agents that have one of the personas that the country favours. */
const LOCAL_SHARE = 0.5;

/**
 * Creates typical tastes, each with a few loved genres, a few disliked genres and a preference for some styles. Their
 * mean is subtracted, so they contain only differences between people. Everyone agrees on a title's quality.
 *
 * Shape   (PERSONAS, DIMENSIONS), each row a unit vector
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

/**
 * Returns an agent's persona. Half of a country's agents have one of the few personas that the country favours.
 *
 * @param isLocal uniform in [0, 1): decides whether the persona is one of these
 * @param which uniform in [0, 1): selects the persona
 */
export function personaOf(country: number, isLocal: number, which: number): number {
  if (isLocal >= LOCAL_SHARE) return Math.floor(PERSONAS * which);
  return (LOCAL_PERSONAS * country + Math.floor(LOCAL_PERSONAS * which)) % PERSONAS;
}
