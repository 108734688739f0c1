import type { Position } from '#ports/event-log.ts';
import { skipRecord } from '../../../functions/data-collection/dead-letters/skip-blocking-record.ts';
import { type Trigger, triggers } from '../../../functions/triggers.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { withWorldRuntime } from '../../home/open-world-runtime.ts';

/** Returns the consumer groups of a topic. */
const groupsOf = (topic: string): string[] =>
  Object.values<Trigger>(triggers).flatMap(({ on }) =>
    on.kind === 'topic' && on.topics.includes(topic) ? [on.group] : [],
  );

/** Moves the consumers that wait at a record past it. */
export const skip = (topic: string, at: Position, options: WorldOptions, terminal: Terminal): Promise<number> =>
  withWorldRuntime(options, async ({ runtime }) => {
    const moved = await skipRecord(topic, at, { ...runtime.ports, groups: groupsOf(topic) });
    if (options.json) terminal.out(JSON.stringify({ topic, ...at, groups: moved }));
    else terminal.out(`${moved.join(' and ')} continue after offset ${at.offset}; the record is a dead letter`);
    return 0;
  });
