import { delivered, handlerFixture, NOON, play, recordingTelemetry, recordOf } from '../handler-fixture.ts';

/** Runs production code, and returns all results and errors as text. */
export type Exercise = () => Promise<string>;

/** Runs functions one after another. @returns one line per function: its result, or the message of its error */
async function outcomes(...works: (() => Promise<unknown>)[]): Promise<string> {
  const texts: string[] = [];
  for (const work of works) {
    const result = await work().catch((error: Error) => `${error.message} ${error.cause ?? ''}`);
    texts.push(JSON.stringify(result) ?? '');
  }
  return texts.join('\n');
}

/** Collects a batch, then compacts the lake. Modules are imported late, so that a replaced seam takes effect. */
const collection: Exercise = async () => {
  const { collectBatch } = await import('../../../functions/data-collection/collect/collect-batch.ts');
  const { turnsPerEventId } = await import('../../../functions/data-collection/collect/take-turns-per-event-id.ts');
  const { compact } = await import('../../../functions/data-collection/compact/handler.ts');
  const { reference } = await import('../../../functions/platform/seams-in-lambda-bundle.ts');
  const { embeddedEventLog } = await import('#adapters/event-log/embedded.ts');
  using fixture = handlerFixture();
  await using eventLog = embeddedEventLog({ path: ':memory:' });
  const ports = { ...fixture, ...reference, eventLog, takeTurns: turnsPerEventId() };
  const invocation = fixture.telemetry.begin({ correlationId: 'trace' } as never);
  const { ingestedAt: _, ...event } = play('u-1', 't-1', NOON);
  await fixture.lake.put('lake/events.v1/date=2026-01-05/hour=12/events.v1-0-0-1.parquet', new Uint8Array());
  return await outcomes(
    () => collectBatch([event], ports, invocation),
    () => compact(ports)({}, { awsRequestId: 'r', getRemainingTimeInMillis: () => 1_000 } as never),
    () => eventLog.append('events.v1', [recordOf(play('u-1', 't-1', NOON))]),
  );
};

/** Makes a slate for a user with history, and one for a new user. */
const recommendation: Exercise = async () => {
  const { openWorld } = await import('../../support/open-test-system.ts');
  const settings = { policy: 'champion', holdbackShare: 0, explorationShare: 0.5 } as const;
  await using world = await openWorld(settings);
  await world.titles();
  await world.promoteFixture();
  await world.play('ann', 't-0', 't-3');
  world.later();
  const make = async (userId: string) => {
    const { slateMaker } = await import('../../../functions/recommendation/slate/make-slate.ts');
    return slateMaker({ ...world.runtime.ports, settings })({ userId, k: 5 }, 'r-1');
  };
  return await outcomes(
    () => make('ann'),
    () => make('new'),
  );
};

/** Applies an event to the online features, and makes a slate from them. */
const features: Exercise = async () => {
  const { updateOnline } = await import('../../../functions/feature-engineering/update-online/handler.ts');
  using fixture = handlerFixture();
  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 1_000 } as never;
  return await outcomes(
    () => updateOnline(fixture)(delivered([play('u-1', 't-1', NOON)]) as never, context),
    recommendation,
  );
};

/** Evaluates all SLOs during an outage, and a canary. */
const monitoring: Exercise = async () => {
  const { watchSlo } = await import('../../../functions/monitoring/watch-slo/handler.ts');
  const { decideCanary } = await import('../../../functions/orchestration/watch-canary/decide-canary.ts');
  const telemetry = recordingTelemetry();
  const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 1_000 } as never;
  const arm = { plays: { units: 100, mean: 1, variance: 1 }, degraded: { units: 100, mean: 0, variance: 0 } };
  return await outcomes(
    () => watchSlo({ metricReader: { sum: async () => 1_000 }, telemetry, now: () => NOON })({}, context),
    async () => decideCanary(arm, arm),
  );
};

/** Plans a day's run, passes a version through the gate, watches a canary, and rolls the champion back. */
const orchestration: Exercise = async () => {
  const { openWorld } = await import('../../support/open-test-system.ts');
  const { otherModel } = await import('../../support/fixture-models.ts');
  const { modelRegistry } = await import('#model-registry/model-registry.ts');
  await using world = await openWorld();
  await world.titles();
  const registry = modelRegistry(world.runtime.ports);
  const range = { scheduledAt: new Date(world.clock.at).toISOString() };
  return await outcomes(
    () => world.runtime.invoke('plan-runs', { range, name: 'nightly' }),
    () => world.promoteFixture(),
    async () => {
      const { version } = await registry.register(otherModel(), 'run-2');
      return await registry.setAlias('canary', version, { who: 'me', why: 'test', share: 0.5 });
    },
    () => world.runtime.invoke('watch-canary', {}),
    () => registry.rollBack('champion', { who: 'me', why: 'test' }),
  );
};

/** First two digits of a step → exercise that runs the seams of these steps. */
export const EXERCISES: Readonly<Record<string, Exercise>> = {
  '01': collection,
  '02': features,
  '04': recommendation,
  '05': monitoring,
  '06': orchestration,
};
