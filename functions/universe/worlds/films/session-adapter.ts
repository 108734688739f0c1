import type { ClientEvent } from '#domain/events/events.ts';
import { clientEvent, type Session } from './events/client-events.ts';
import { clear, type EventColumns, newColumns } from './events/event-columns.ts';
import { liveSession } from './session/simulate-session.ts';
import { titleOf, type World } from './world/world.ts';

/** What a session gave its agent. */
export interface SessionOutcome {
  readonly plays: number;
  /** Sum of the true utilities of what was played. */
  readonly utility: number;
}

export interface Reaction {
  readonly events: ClientEvent[];
  readonly outcome: SessionOutcome;
}

/** Agents of a world that meet slates as a service gives them: title ids, top first. Ids it does not know are passed over. */
export function reactions(world: World): (session: Session, slate: readonly string[]) => Reaction {
  const columns: EventColumns = newColumns();
  return ({ agent, hour }, slate) => {
    const titles = [...new Set(slate)].map((id) => titleOf(world, id)).filter((title) => title !== undefined);
    for (const title of titles) world.state.shown[title] = 1;
    clear(columns);
    liveSession(world, agent, hour, titles, titles.length, columns);
    const { plays, utility } = world.visit;
    const events = Array.from({ length: columns.length }, (_, row) => clientEvent(columns, row, world.draws));
    return { events, outcome: { plays, utility } };
  };
}
