import { REQUEST_HEADER, RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { type LoadedVersion, modelRegistry } from '#model-registry/model-registry.ts';
import { openRuntime, type Runtime } from '../../host/open-runtime.ts';

/** Titles per slate. */
export const SLATE_SIZE = 10;
/** Requests that arrive together. The service ranks them in one run of the model. */
const TOGETHER = 16;

/** The slates of the users, in their order. */
export interface ServedSlates {
  readonly alone: readonly ServedSlate[];
  readonly together: readonly ServedSlate[];
}

export interface ServedSlate {
  readonly titleIds: readonly string[];
  /** Whether the model decided. */
  readonly byModel: boolean;
}

/**
 * Serves a city's users with a model: each user alone, and then 16 at a time. Nothing is explored.
 *
 * @param dataDir the city's folder, which no other runtime uses
 */
export async function servedSlates(
  dataDir: string,
  model: LoadedVersion,
  users: readonly string[],
  now: () => number,
): Promise<ServedSlates> {
  const settings = { policy: 'champion', holdbackShare: 0, explorationShare: 0 } as const;
  await using runtime = await openRuntime({ dataDir, now, settings, logLevel: 'SILENT' });
  const registry = modelRegistry(runtime.ports);
  await registry.register(model, `live-${model.manifest.version}`);
  await registry.setAlias('champion', model.manifest.version, { who: 'live check', why: 'live check' });
  const alone: ServedSlate[] = [];
  for (const user of users) alone.push(await slateOf(runtime, user));
  const together: ServedSlate[] = [];
  for (let from = 0; from < users.length; from += TOGETHER) {
    const group = users.slice(from, from + TOGETHER);
    together.push(...(await Promise.all(group.map((user) => slateOf(runtime, user)))));
  }
  return { alone, together };
}

async function slateOf({ api }: Runtime, userId: string): Promise<ServedSlate> {
  const path = `/v1/recommendations?userId=${userId}&k=${SLATE_SIZE}`;
  const { body } = await api({ method: 'GET', path, headers: { [REQUEST_HEADER]: `live-${userId}` } });
  const { items, degraded, modelVersion } = RecommendReply.parse(JSON.parse(body));
  return { titleIds: items.map(({ titleId }) => titleId), byModel: degraded === null && modelVersion !== null };
}
