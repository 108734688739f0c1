import { NOON, play, recordOf, workbench } from '../handler-fixture.ts';

/** Runs production code, and returns all results and errors as text. */
export type Exercise = () => Promise<string>;

/** Awaits work in turn. Failures are results here, too. */
async function outcomes(...works: (() => Promise<unknown>)[]): Promise<string> {
  const texts: string[] = [];
  for (const work of works) {
    const result = await work().catch((error: Error) => `${error.message} ${error.cause ?? ''}`);
    texts.push(JSON.stringify(result) ?? '');
  }
  return texts.join('\n');
}

/** Collects a batch, then compacts the lake. Modules are imported here, so that a replaced seam takes effect. */
const collection: Exercise = async () => {
  const { collectBatch } = await import('../../../functions/data-collection/collect/collect-batch.ts');
  const { compact } = await import('../../../functions/data-collection/compact/handler.ts');
  const { reference } = await import('../../../functions/platform/reference-seams.ts');
  const { embeddedEventLog } = await import('#adapters/event-log/embedded.ts');
  using bench = workbench();
  await using eventLog = embeddedEventLog({ path: ':memory:' });
  const ports = { ...bench, ...reference, eventLog };
  const invocation = bench.telemetry.begin({ correlationId: 'trace' } as never);
  const { ingestedAt: _, ...event } = play('u-1', 't-1', NOON);
  await bench.lake.put('lake/events.v1/date=2026-01-05/hour=12/events.v1-0-0-1.parquet', new Uint8Array());
  return await outcomes(
    () => collectBatch([event], ports, invocation),
    () => compact(ports)({}, { awsRequestId: 'r', getRemainingTimeInMillis: () => 1_000 } as never),
    () => eventLog.append('events.v1', [recordOf(play('u-1', 't-1', NOON))]),
  );
};

/** Makes a slate for a user with history, and one for a new user. */
const recommendation: Exercise = async () => {
  const { openWorld } = await import('../../support/test-world.ts');
  const settings = { policy: 'champion', holdbackShare: 0, explorationShare: 0.5 } as const;
  await using world = await openWorld(settings);
  await world.titles();
  await world.promoteFixture();
  await world.play('ann', 't-0', 't-3');
  world.later();
  const make = async (userId: string) => {
    const { slateMaker } = await import('../../../functions/recommendation/slate/slate.ts');
    return slateMaker({ ...world.runtime.ports, settings })({ userId, k: 5 }, 'r-1');
  };
  return await outcomes(
    () => make('ann'),
    () => make('new'),
  );
};

/** First part of a step → the code that runs its seams. */
export const EXERCISES: Readonly<Record<string, Exercise>> = { '01': collection, '04': recommendation };
