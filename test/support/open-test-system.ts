import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '#domain/core/recommendation-settings-types.ts';
import { HOUR } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { type ApiResponse, REQUEST_HEADER, RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { FIXTURE, FIXTURE_TITLES } from '../../bin/parity/fixture-model.ts';
import { openRuntime } from '../../localstack/embedded/host/open-runtime.ts';

/** Monday, 5 January 2026, 12:00 UTC. */
const NOON = Date.UTC(2026, 0, 5, 12);
const JSON_TYPE = { 'content-type': 'application/json' };
const GENRES = ['Drama', 'Comedy', 'Crime'];

/** Opens the complete embedded system in a temporary folder, with a clock that advances only when it is set. */
export async function openWorld(settings: Partial<Settings> = { holdbackShare: 0, explorationShare: 0 }) {
  const dataDir = mkdtempSync(join(tmpdir(), 'agentbricks-world-'));
  const clock = { at: NOON };
  const runtime = await openRuntime({ dataDir, now: () => clock.at, settings, logLevel: 'SILENT' });
  let serial = 0;
  const times = () => ({ eventId: `e-${++serial}`, occurredAt: clock.at - 1, sentAt: clock.at - 1 });
  const post = async (...events: ClientEvent[]): Promise<ApiResponse> => {
    const body = JSON.stringify({ events });
    const answer = await runtime.api({ method: 'POST', path: '/v1/events', headers: JSON_TYPE, body });
    if (answer.status !== 202) throw new Error(answer.body);
    // A consumer that fails would be waited for without end.
    await runtime.deliver();
    const [waiting] = runtime.waitingConsumers();
    if (waiting) throw new Error(`${waiting.name}: ${waiting.error}`);
    return answer;
  };
  const ask = (query: string, requestId = `r-${++serial}`) =>
    runtime.api({ method: 'GET', path: `/v1/recommendations?${query}`, headers: { [REQUEST_HEADER]: requestId } });
  return {
    runtime,
    clock,
    dataDir,
    post,
    ask,
    slate: async (query: string, requestId?: string) =>
      RecommendReply.parse(JSON.parse((await ask(query, requestId)).body)),
    /** Adds the titles t-0 … t-29 of three genres, which the fixture model contains. */
    titles: () =>
      post(
        ...Array.from({ length: FIXTURE_TITLES }, (_, i) => ({
          type: 'title' as const,
          ...times(),
          titleId: `t-${i}`,
          name: `Film ${i}`,
          genres: [GENRES[i % GENRES.length] ?? ''],
          releasedAt: Date.UTC(2020, 0, 1),
        })),
      ),
    signup: (userId: string, country: string) => post({ type: 'signup', ...times(), userId, country }),
    play: (userId: string, ...titleIds: string[]) =>
      post(...titleIds.map((titleId) => ({ type: 'play' as const, ...times(), userId, titleId }))),
    view: (userId: string, ...titleIds: string[]) =>
      post({ type: 'impression', ...times(), userId, requestId: `r-${serial}`, titleIds }),
    /** Advances the clock by an hour, so that caches expire. */
    later: () => {
      clock.at += HOUR;
    },
    /** Registers and promotes the fixture model with the pipeline's functions. @returns their results */
    promoteFixture: async (runId = 'run-1') => {
      const { output } = runFiles(runId);
      for (const name of readdirSync(FIXTURE)) {
        await runtime.ports.lake.put(`${output}/${name}`, readFileSync(join(FIXTURE, name)));
      }
      const evaluate = await runtime.invoke('evaluate', { runId });
      const gate = await runtime.invoke('gate', { runId, evaluate });
      return { evaluate, gate, promote: await runtime.invoke('promote', { runId, evaluate, gate }) };
    },
    [Symbol.asyncDispose]: async () => {
      await runtime[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true });
    },
  };
}
export type World = Awaited<ReturnType<typeof openWorld>>;
