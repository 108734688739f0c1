import { createHash } from 'node:crypto';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import type { Manifest } from '#domain/models/model-manifest.ts';
import type { AliasChange, ModelVersion } from '#domain/models/model-registry-items.ts';
import {
  hashedFiles,
  type OffsetRange,
  type RunSources,
  runFiles,
} from '#domain/models/pipeline-run-input-and-files.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import { type FoundExposure, findExposure } from './find-exposure-of-request.ts';
import { filesCovering, type TitleEvents, titleEvents } from './find-lake-events-of-title.ts';

export type LineagePorts = Pick<Ports, 'registry' | 'models' | 'lake' | 'eventLog' | 'now'>;

/** Origin of the model that ranked a slate. */
export interface ModelLineage extends Pick<ModelVersion, 'version' | 'runId' | 'registeredAt'> {
  readonly manifest: Pick<Manifest, 'trainedAt' | 'asOf' | 'seed' | 'codeCommit' | 'dataHash' | 'rows'>;
  /** Null if the model's files are intact, else the error. */
  readonly damage: string | null;
  /**
   * The last change of each alias to this version before the slate. There are two if the version was both canary and
   * champion.
   */
  readonly named: readonly (AliasChange & { readonly alias: string })[];
}

/** Origin of the model's training data. */
export interface DataLineage {
  /** Whether the run's files still match the manifest's `dataHash`; null if a file is missing. */
  readonly hashMatches: boolean | null;
  /** Records of the log from which the data were built; null for older runs that did not record them. */
  readonly offsets: readonly OffsetRange[] | null;
  /** Keys of the lake's files that contain these records now. */
  readonly files: readonly string[];
}

export interface Lineage {
  readonly exposure: FoundExposure;
  /** Null if popularity ranked the slate, without a model. */
  readonly model: ModelLineage | null;
  readonly data: DataLineage | null;
  /** The shown titles, each with its events as of the model's `asOf`, or as of the request if no model was used. */
  readonly items: readonly (FoundExposure['items'][number] & { readonly events: TitleEvents })[];
}

/**
 * Traces a slate back to its events: exposure → model version → training run → offsets in the log → events.
 *
 * @throws NoSuchRequest, NoSuchVersion
 */
export async function traceLineage(ports: LineagePorts, requestId: string): Promise<Lineage> {
  const exposure = await findExposure(ports, requestId);
  const model =
    exposure.modelVersion === null ? null : await modelOf(ports, exposure.modelVersion, exposure.occurredAt);
  const data = model && (await dataOf(ports, model));
  const asOf = model?.manifest.asOf ?? exposure.occurredAt;
  const known = await titleEvents(
    ports.lake,
    exposure.items.map(({ titleId }) => titleId),
    asOf,
  );
  const items = exposure.items.map((item) => ({
    ...item,
    events: known.get(item.titleId) ?? { count: 0, latest: [] },
  }));
  return { exposure, model, data, items };
}

async function modelOf(ports: LineagePorts, version: string, servedAt: number): Promise<ModelLineage> {
  const registry = modelRegistry(ports);
  const { runId, registeredAt } = await registry.version(version);
  const { trainedAt, asOf, seed, codeCommit, dataHash, rows } = await registry.manifest(version);
  const damage = await registry.load(version).then(
    () => null,
    (error: Error) => error.message,
  );
  const named = [];
  for (const alias of ['champion', 'canary'] as const) {
    const moves = (await registry.aliasLog(alias)).filter(
      ({ to, changedAt }) => to === version && changedAt <= servedAt,
    );
    named.push(...moves.slice(-1).map((change) => ({ ...change, alias })));
  }
  return {
    version,
    runId,
    registeredAt,
    manifest: { trainedAt, asOf, seed, codeCommit, dataHash, rows },
    damage,
    named,
  };
}

async function dataOf(ports: LineagePorts, { runId, manifest }: ModelLineage): Promise<DataLineage> {
  const bytes = await ports.lake.get(runFiles(runId).sources);
  const offsets = bytes ? (JSON.parse(Buffer.from(bytes).toString('utf8')) as RunSources).offsets : null;
  const hash = await hashOf(ports, runId);
  return {
    hashMatches: hash === undefined ? null : hash === manifest.dataHash,
    offsets,
    files: await filesCovering(ports.lake, offsets ?? [{ topic: EVENTS }], manifest.asOf),
  };
}

async function hashOf({ lake }: LineagePorts, runId: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  for (const key of hashedFiles(runId)) {
    const bytes = await lake.get(key);
    if (!bytes) return undefined;
    hash.update(bytes);
  }
  return hash.digest('hex');
}
