import { describe, expect, it } from 'vitest';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import {
  ARCHIVER,
  type ArchiveProgress,
  awaitArchive,
} from '../../../functions/data-collection/await-archive/handler.ts';
import { triggers } from '../../../functions/triggers.ts';
import { call, type HandlerFixture, handlerFixture, play, recordOf } from '../handler-fixture.ts';

const poll = (fixture: HandlerFixture, archive?: ArchiveProgress) =>
  call<ArchiveProgress>(awaitArchive(fixture), { runId: 'run-1', archive }, 'await-archive');

async function archived({ eventLog }: HandlerFixture) {
  for (const { partition, next } of await eventLog.partitions(EVENTS)) {
    await eventLog.commit(ARCHIVER, EVENTS, { partition, offset: next });
  }
}

describe('await-archive', () => {
  it('reads the offsets of the consumer group in the triggers table', () => {
    expect(triggers.archive.on.group).toBe(ARCHIVER);
  });

  it('has caught up if the log is empty', async () => {
    using fixture = handlerFixture();
    expect(await poll(fixture)).toMatchObject({ caughtUp: true, lag: 0 });
  });

  it('waits until every record that the log had when the run started is archived', async () => {
    using fixture = handlerFixture();
    await fixture.eventLog.append(EVENTS, [play('u-1', 't-1'), play('u-2', 't-1'), play('u-3', 't-1')].map(recordOf));
    const first = await poll(fixture);
    expect(first).toMatchObject({ caughtUp: false, lag: 3 });
    await archived(fixture);
    expect(await poll(fixture, first)).toMatchObject({ caughtUp: true, lag: 0 });
  });

  it('does not wait for records that retention has deleted', async () => {
    using fixture = handlerFixture();
    const lagOf = async (range: { first: number; next: number }, committed: [number, number][]) => {
      const eventLog = {
        ...fixture.eventLog,
        partitions: async (topic: string) => (topic === EVENTS ? [{ partition: 0, ...range }] : []),
        committed: async () => new Map(committed),
      };
      return (await poll({ ...fixture, eventLog })).lag;
    };
    expect(await lagOf({ first: 500, next: 500 }, [])).toBe(0);
    expect(await lagOf({ first: 500, next: 500 }, [[0, 120]])).toBe(0);
    expect(await lagOf({ first: 500, next: 510 }, [])).toBe(10);
    expect(await lagOf({ first: 500, next: 510 }, [[0, 504]])).toBe(6);
  });

  it('does not wait for records that arrived after the run started', async () => {
    using fixture = handlerFixture();
    await fixture.eventLog.append(EVENTS, [recordOf(play('u-1', 't-1'))]);
    const first = await poll(fixture);
    await archived(fixture);
    await fixture.eventLog.append(EVENTS, [recordOf(play('u-1', 't-2'))]);
    const second = await poll(fixture, first);
    expect(second).toMatchObject({ caughtUp: true, lag: 0, until: first.until });
  });
});
