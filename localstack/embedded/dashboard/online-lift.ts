import { pairedRatio } from '#domain/core/statistics.ts';
import type { FilmSession } from '../../../functions/universe/worlds/films/slate-requests.ts';
import type { Estimate } from './messages.ts';

const WINDOW_HOURS = 24;
/** Below this many agents in either arm, the normal approximation says nothing. */
const FEWEST_AGENTS = 30;

/** Whether an agent belongs to the control group, by its user id. */
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
 * The lift of being served by the model over being held back, in the last simulated day: utility per session, agents as
 * units. Who is new to the model is served by popularity in both arms. Agents belong to one arm for ever, so the paired
 * estimator's two halves do not overlap and it is that of two groups.
 */
export function onlineLift(
  agents: number,
  isHeldBack: IsHeldBack,
): (sessions: readonly FilmSession[]) => Estimate | undefined {
  const [model, popular] = [emptyArm(agents), emptyArm(agents)];
  const hours: Row[][] = [];
  return (sessions) => {
    // Before there is a champion both groups are served alike, and there is nothing to measure.
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

/** @param sign 1 when a session comes into the window, -1 when it leaves */
function count({ agent, arm, utility }: Row, sign: 1 | -1): void {
  const before = arm.sessions[agent] ?? 0;
  const now = before + sign;
  arm.sessions[agent] = now;
  // Nothing is left of an agent without sessions, not even what rounding leaves.
  arm.utility[agent] = now === 0 ? 0 : (arm.utility[agent] ?? 0) + sign * utility;
  if (before === 0) arm.agents++;
  if (now === 0) arm.agents--;
}
