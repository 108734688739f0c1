import { isInCanary } from '#domain/experiments/is-in-canary.ts';
import { type Alias, type AliasPointer, aliasKey, type StoredPointer } from '#domain/models/model-registry-items.ts';
import { timeBucketCache } from '../resilience/time-bucket-cache.ts';
import { isPending, POLL_EVERY, type ServedVersions, servedVersionsAt } from './compute-alias-versions-at-time.ts';
import { type FirstLoaded, type ModelPorts, modelLoader } from './load-and-cache-model-versions.ts';

/** The model that serves a user now. */
export interface ServingState extends FirstLoaded {
  /**
   * Versions whose cached rankings may be shown, without rolled-back versions. Undefined until the aliases have been
   * read.
   */
  readonly versions?: readonly string[];
}

/** Returns the model that serves a user; without a user, the one that serves all except the canary's users. */
export type ServingModelOf = (userId?: string) => Promise<ServingState>;

/** Result of one poll of the aliases. */
interface Poll {
  readonly main: ServingState;
  readonly canary?: ServingState & { readonly isFor: (userId: string) => boolean };
}

/**
 * Returns a function that finds the model for a user: the canary for its share of the users, the champion for the
 * others. A new version is loaded while the old one serves, and then replaces it in one step (compute-alias-versions-at-time.ts). If it
 * cannot be loaded, the old one continues to serve.
 *
 * @param alias alias whose versions serve. Only `champion` has a canary
 */
export function servingModel(ports: ModelPorts, alias: Alias = 'champion'): ServingModelOf {
  const loader = modelLoader(ports);
  const keys = [aliasKey(alias), ...(alias === 'champion' ? [aliasKey('canary')] : [])];
  let known: readonly (StoredPointer | undefined)[] | undefined;
  const poll = timeBucketCache(ports.now, POLL_EVERY, async (): Promise<Poll> => {
    try {
      known = await ports.registry.getMany<StoredPointer>(keys);
    } catch (error) {
      const problem = `the registry cannot be read: ${(error as Error).message}`;
      return { main: { ...(known ? await evaluate(known) : { main: {} }).main, problem } };
    }
    return evaluate(known);
  });

  async function evaluate([pointer, other]: readonly (StoredPointer | undefined)[]): Promise<Poll> {
    const at = ports.now();
    const served: ServedVersions = pointer ? servedVersionsAt(pointer, at) : { versions: [] };
    const trial = other?.version ? { ...other, version: other.version } : undefined;
    const trialIsPending = trial !== undefined && isPending(trial.changedAt, at);
    const next = [served.next, trialIsPending ? trial.version : undefined].filter((version) => version !== undefined);
    for (const version of next) loader.load(version).catch(() => undefined);
    const main = { ...(await loader.firstOf(served.versions)), versions: served.versions };
    const canary = trial && !trialIsPending ? await canaryOf(trial, served) : undefined;
    loader.keepOnly([main.model?.version, canary?.model?.version, ...next]);
    return { main, canary };
  }

  async function canaryOf(trial: AliasPointer, served: ServedVersions): Promise<Poll['canary']> {
    const versions = [trial.version, ...served.versions];
    const { model, problem } = await loader.firstOf(versions);
    const isFor = (userId: string) => isInCanary(userId, trial);
    return { model, versions, problem: problem && `canary: ${problem}`, isFor };
  }

  return async (userId) => {
    const { main, canary } = await poll();
    return userId !== undefined && canary?.isFor(userId) ? canary : main;
  };
}
