import { describe, expect, it } from 'vitest';
import { EVENTS } from '#domain/events/topics.ts';
import {
  ARCHIVER,
  type ArchiveProgress,
  awaitArchive,
} from '../../../functions/data-collection/await-archive/handler.ts';
import { triggers } from '../../../functions/triggers.ts';
import { call, play, recordOf, type Workbench, workbench } from '../handler-fixture.ts';

const poll = (bench: Workbench, archive?: ArchiveProgress) =>
  call<ArchiveProgress>(awaitArchive(bench), { runId: 'run-1', archive }, 'await-archive');

async function archived({ eventLog }: Workbench) {
  for (const { partition, next } of await eventLog.partitions(EVENTS)) {
    await eventLog.commit(ARCHIVER, EVENTS, { partition, offset: next });
  }
}

describe('await-archive', () => {
  it('reads the offsets of the consumer group in the triggers table', () => {
    expect(triggers.archive.on.group).toBe(ARCHIVER);
  });

  it('has caught up if the log is empty', async () => {
    using bench = workbench();
    expect(await poll(bench)).toMatchObject({ caughtUp: true, lag: 0 });
  });

  it('waits until every record that the log had when the run started is archived', async () => {
    using bench = workbench();
    await bench.eventLog.append(EVENTS, [play('u-1', 't-1'), play('u-2', 't-1'), play('u-3', 't-1')].map(recordOf));
    const first = await poll(bench);
    expect(first).toMatchObject({ caughtUp: false, lag: 3 });
    await archived(bench);
    expect(await poll(bench, first)).toMatchObject({ caughtUp: true, lag: 0 });
  });

  it('does not wait for records that arrived after the run started', async () => {
    using bench = workbench();
    await bench.eventLog.append(EVENTS, [recordOf(play('u-1', 't-1'))]);
    const first = await poll(bench);
    await archived(bench);
    await bench.eventLog.append(EVENTS, [recordOf(play('u-1', 't-2'))]);
    const second = await poll(bench, first);
    expect(second).toMatchObject({ caughtUp: true, lag: 0, until: first.until });
  });
});
