import { type Lineage, traceLineage } from '../../../functions/model-training/lineage/trace-slate-lineage.ts';
import { count, table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { openWorldStores } from '../../home/open-world-stores.ts';

export interface LineageOptions extends WorldOptions {
  readonly request: string;
}

const time = (at: number) => new Date(at).toISOString();

/** Traces a request's slate back to the events behind it. A city may run at the same time. */
export async function lineage({ request, ...options }: LineageOptions, terminal: Terminal): Promise<number> {
  const stores = await openWorldStores(options);
  try {
    const found = await traceLineage(stores, request);
    if (options.json) terminal.out(JSON.stringify(found));
    else for (const line of linesOf(found)) terminal.out(line);
    return 0;
  } finally {
    await stores.close();
  }
}

function linesOf(found: Lineage): string[] {
  const { exposure, items } = found;
  const rows = items.map(({ position, titleId, source, events }) => [
    `${position}. ${titleId}`,
    source,
    count(events.count),
    events.latest.map(({ eventId, partition, offset }) => `${eventId} (${partition}/${offset})`).join(', '),
  ]);
  return [
    `request    ${exposure.requestId}: user ${exposure.userId}, ${time(exposure.occurredAt)}, exposures.v1 ${exposure.partition}/${exposure.offset}`,
    ...modelLines(found),
    ...dataLines(found),
    ...table([['title', 'source', 'events', 'newest events (partition/offset in events.v1)'], ...rows]),
  ];
}

function modelLines({ exposure, model }: Lineage): string[] {
  if (!model)
    return [
      `policy     ${exposure.policy}: without a model${exposure.degraded ? `, because ${exposure.degraded}` : ''}`,
    ];
  const { version, runId, named, damage, manifest } = model;
  return [
    `model      ${version}, registered by ${runId}; ${damage ? `DAMAGED: ${damage}` : 'all files unchanged'}`,
    ...named.map(({ alias, who, why, changedAt }) => `           ${alias} since ${time(changedAt)} by ${who}: ${why}`),
    `training   ${time(manifest.trainedAt)}, seed ${manifest.seed}, code ${manifest.codeCommit}, data ${manifest.dataHash}`,
  ];
}

function dataLines({ model, data }: Lineage): string[] {
  if (!model || !data) return [];
  const { rows, asOf } = model.manifest;
  const state = { true: 'unchanged', false: 'CHANGED', null: 'deleted' }[`${data.hashMatches}`];
  const ranges = (data.offsets ?? []).map(
    ({ topic, partition, first, last, records }) =>
      `           ${topic}/${partition}: offsets ${first} to ${last}, ${count(records)} records`,
  );
  return [
    `data       ${count(rows.train)} rows as of ${time(asOf)}; files of the run: ${state}`,
    ...ranges,
    `lake       ${count(data.files.length)} files contain these records now`,
  ];
}
