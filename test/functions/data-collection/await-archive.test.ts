import { describe, expect, it } from 'vitest';
import { EVENTS } from '#domain/events/topics.ts';
import {
  ARCHIVER,
  type ArchiveProgress,
  awaitArchive,
} from '../../../functions/data-collection/await-archive/handler.ts';
import { triggers } from '../../../functions/triggers.ts';
import { call, play, recordOf, type Workbench, workbench } from '../handler-fixture.ts';

const ask = (bench: Workbench, archive?: ArchiveProgress) =>
  call<ArchiveProgress>(awaitArchive(bench), { runId: 'run-1', archive }, 'await-archive');

async function archived({ eventLog }: Workbench) {
  for (const { partition, next } of await eventLog.partitions(EVENTS)) {
    await eventLog.commit(ARCHIVER, EVENTS, { partition, offset: next });
  }
}

describe('await-archive', () => {
  it('reads the offsets of the archiver that the triggers table names', () => {
    expect(triggers.archive.on.group).toBe(ARCHIVER);
  });

  it('has nothing to wait for when the log is empty', async () => {
    using bench = workbench();
    expect(await ask(bench)).toMatchObject({ caughtUp: true, lag: 0 });
  });

  it('waits until every record of the run’s beginning is archived', async () => {
    using bench = workbench();
    await bench.eventLog.append(EVENTS, [play('u-1', 't-1'), play('u-2', 't-1'), play('u-3', 't-1')].map(recordOf));
    const first = await ask(bench);
    expect(first).toMatchObject({ caughtUp: false, lag: 3 });
    await archived(bench);
    expect(await ask(bench, first)).toMatchObject({ caughtUp: true, lag: 0 });
  });

  it('does not wait for what came in after the run began', async () => {
    using bench = workbench();
    await bench.eventLog.append(EVENTS, [recordOf(play('u-1', 't-1'))]);
    const first = await ask(bench);
    await archived(bench);
    await bench.eventLog.append(EVENTS, [recordOf(play('u-1', 't-2'))]);
    const second = await ask(bench, first);
    expect(second).toMatchObject({ caughtUp: true, lag: 0, until: first.until });
  });
});
