import { type Lineage, lineageOf } from '../../../functions/model-training/lineage/trace-lineage.ts';
import { type Terminal, table } from '../../console/terminal.ts';
import { openWorldStores, type WorldOptions } from '../../home/open-registry.ts';

export interface LineageOptions extends WorldOptions {
  readonly request: string;
}

const time = (at: number) => new Date(at).toISOString();
const number = (value: number) => value.toLocaleString('en-US');

/** From what was shown for a request back to the events behind it. A world may be lived in meanwhile. */
export async function lineage({ request, ...options }: LineageOptions, terminal: Terminal): Promise<number> {
  const stores = await openWorldStores(options);
  try {
    const found = await lineageOf(stores, request);
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
    number(events.count),
    events.latest.map(({ eventId, partition, offset }) => `${eventId} (${partition}/${offset})`).join(', '),
  ]);
  return [
    `request    ${exposure.requestId}: user ${exposure.userId}, ${time(exposure.occurredAt)}, exposures.v1 ${exposure.partition}/${exposure.offset}`,
    ...modelLines(found),
    ...dataLines(found),
    ...table([['title', 'source', 'events', 'the last of them (partition/offset of events.v1)'], ...rows]),
  ];
}

function modelLines({ exposure, model }: Lineage): string[] {
  if (!model)
    return [`policy     ${exposure.policy}: no model served${exposure.degraded ? ` (${exposure.degraded})` : ''}`];
  const { version, runId, named, damage, manifest } = model;
  return [
    `model      ${version}, registered by ${runId}${damage ? `; DAMAGED: ${damage}` : ', every file as it was'}`,
    ...named.map(({ alias, who, why, changedAt }) => `           ${alias} since ${time(changedAt)} by ${who}: ${why}`),
    `training   ${time(manifest.trainedAt)}, seed ${manifest.seed}, code ${manifest.codeCommit}, data ${manifest.dataHash}`,
  ];
}

function dataLines({ model, data }: Lineage): string[] {
  if (!model || !data) return [];
  const { rows, asOf } = model.manifest;
  const state = { true: 'as they were', false: 'CHANGED since', null: 'gone' }[`${data.hashMatches}`];
  const ranges = (data.offsets ?? []).map(
    ({ topic, partition, first, last, records }) =>
      `           ${topic}/${partition}: offsets ${first} to ${last}, ${number(records)} records`,
  );
  return [
    `data       ${number(rows.train)} rows as of ${time(asOf)}; the run's files are ${state}`,
    ...ranges,
    `lake       ${number(data.files.length)} files hold these records now`,
  ];
}
