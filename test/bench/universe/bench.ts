import { createUniverse } from '../../../functions/universe/universe.ts';
import { figure, type Group, interleaved } from '../figure.ts';

const ROUNDS = 3;
const SIZE = { seed: 1, titles: 1_000, startAt: 0 };
const MS = 1_000;

/** Brick 00. */
export const bench: Group = async function* ({ quick }) {
  const agents = quick ? 1_000 : 100_000;
  const { created } = await interleaved(quick ? 1 : ROUNDS, {
    created: async () => {
      const from = performance.now();
      createUniverse({ ...SIZE, agents });
      return (agents * MS) / (performance.now() - from);
    },
  });
  yield figure({ bench: 'universe.agents-created', unit: 'agents/s', rounds: created });
};
