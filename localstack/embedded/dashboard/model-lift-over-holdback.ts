import { pairedRatio } from '#domain/core/paired-and-bootstrap-estimates.ts';
import type { FilmSession } from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import type { Estimate } from './live-message-types.ts';

const WINDOW_HOURS = 24;
/** Minimum number of agents per arm for the normal approximation. */
const FEWEST_AGENTS = 30;

/** Whether an agent belongs to the popularity holdback, by its user id. */
export type IsHeldBack = (userId: string) => boolean;

interface Row {
  readonly agent: number;
  readonly arm: Arm;
  readonly utility: number;
}
interface Arm {
  readonly utility: Float64Array;
  readonly sessions: Float64Array;
  agents: number;
}

/**
 * Returns a function that measures the lift of the model over the popularity holdback in the last simulated day: utility per
 * session, with agents as units. Users who are new to the model receive popularity in both arms. Each agent stays in one arm, so
 * the paired estimator's samples do not overlap, and it equals the estimator for two groups.
 */
export function onlineLift(
  agents: number,
  isHeldBack: IsHeldBack,
): (sessions: readonly FilmSession[]) => Estimate | undefined {
  const [model, popular] = [emptyArm(agents), emptyArm(agents)];
  const hours: Row[][] = [];
  return (sessions) => {
    // Before the first champion, both groups receive the same slates, so there is no lift to measure.
    const compared = sessions.some(({ reply }) => reply.policy === 'model') ? sessions : [];
    const rows = compared.map(({ session: { agent, userId }, outcome: { utility } }) => ({
      agent,
      arm: isHeldBack(userId) ? popular : model,
      utility,
    }));
    for (const row of rows) count(row, 1);
    hours.push(rows);
    if (hours.length > WINDOW_HOURS) for (const row of hours.shift() ?? []) count(row, -1);
    if (Math.min(model.agents, popular.agents) < FEWEST_AGENTS) return undefined;
    return pairedRatio(popular.utility, popular.sessions, model.utility, model.sessions);
  };
}

const emptyArm = (agents: number): Arm => ({
  utility: new Float64Array(agents),
  sessions: new Float64Array(agents),
  agents: 0,
});

/** Updates an arm's sums. @param sign 1 when a session enters the window, -1 when it leaves */
function count({ agent, arm, utility }: Row, sign: 1 | -1): void {
  const before = arm.sessions[agent] ?? 0;
  const now = before + sign;
  arm.sessions[agent] = now;
  // Resets agents without sessions to exactly 0, so that no rounding error remains.
  arm.utility[agent] = now === 0 ? 0 : (arm.utility[agent] ?? 0) + sign * utility;
  if (before === 0) arm.agents++;
  if (now === 0) arm.agents--;
}
