import type { Group } from '../harness/figures-and-interleaved-rounds.ts';
import { growth } from './bench-quality-and-time-against-recbole.ts';
import { trainerPython } from './train-with-ours-or-recbole.ts';

export const CITY = { name: 'city-10m', agents: 800_000, titles: 10_000, days: 19, plays: 10_000_000 } as const;
/** Limits on two cores: 40 minutes and 12 GB. */
const MOST = { seconds: 2_400, bytes: 12e9 };

/** Trains on ten million plays, which takes 45 minutes and 10 GB of temporary disk space. */
export const bench: Group = async function* () {
  yield* growth(await trainerPython(), { ...CITY, ...MOST });
};
