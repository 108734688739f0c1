import type { Reaction } from '../../engine/simulated-world-types.ts';
import { clientEvent, type Session } from './events/client-events.ts';
import { clear, type EventColumns, newColumns } from './events/event-column-arrays.ts';
import { simulateSession } from './session/simulate-session.ts';
import type { SlateReply } from './slate-reply-type.ts';
import { titleOf, type World } from './world/world-data-ids-and-seen-titles.ts';

/**
 * Returns a function that shows a slate to a session's agent. Slates list title ids, top first; unknown ids are
 * skipped.
 */
export function reactions(world: World): (session: Session, slate: Pick<SlateReply, 'titleIds'>) => Reaction {
  const columns: EventColumns = newColumns();
  return ({ agent, hour }, { titleIds }) => {
    const titles = [...new Set(titleIds)].map((id) => titleOf(world, id)).filter((title) => title !== undefined);
    for (const title of titles) world.state.shown[title] = 1;
    clear(columns);
    simulateSession(world, agent, hour, titles, titles.length, columns);
    const { plays, utility } = world.visit;
    const events = Array.from({ length: columns.length }, (_, row) => clientEvent(columns, row, world.random));
    return { events, outcome: { plays, utility } };
  };
}
