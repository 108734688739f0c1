import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf } from '#adapters/sqlite/folder-lock.ts';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import { HOUR } from '#domain/core/time.ts';
import { type AliasPointer, aliasKey } from '#domain/models/model-registry-items.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import { CITY_STARTS_AT } from '../../../localstack/embedded/city/simulate-until.ts';
import { cityStateFile } from '../../../localstack/embedded/city/state/persist-size-and-phase.ts';
import { checkpointFile } from '../../../localstack/embedded/city/state/simulation-checkpoint-file.ts';
import { newestRun } from '../../../localstack/embedded/storage/pipeline-runs-file.ts';
import { isPrepared } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { count } from '../../console/format-values-and-tables.ts';
import { startCommand } from '../../console/repeat-options-in-advised-commands.ts';
import type { Terminal } from '../../console/terminal.ts';
import { type ConsumerLag, lagsIn } from '../../home/count-unprocessed-records.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

export interface StatusOptions {
  readonly home: string;
  readonly json?: boolean;
}

interface WorldStatus {
  readonly name: string;
  readonly current: boolean;
  /** Id of the process that runs the world now. */
  readonly process: number | null;
  readonly phase: string | null;
  /** Simulated time, UTC epoch milliseconds. */
  readonly livedUntil: number | null;
  readonly champion: string | null;
  readonly lastRun: Pick<WorkflowRun, 'runId' | 'status' | 'error'> | null;
  readonly lags: readonly ConsumerLag[];
}

/** Prints the state of all worlds. It only reads files, so a city may run at the same time. */
export async function status({ home: folder, json }: StatusOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(folder);
  const worlds = join(home.folder, 'worlds');
  const names = existsSync(worlds) ? readdirSync(worlds).sort() : [];
  const found = await Promise.all(names.map((name) => statusOf(name, home.world(name), home.currentWorld())));
  const trainer = isPrepared(home.trainer);
  if (json) terminal.out(JSON.stringify({ worlds: found, trainer }));
  else {
    for (const world of found) terminal.out(worldLines(world).join('\n'));
    if (found.length === 0) terminal.out(`There is no world yet: \`${startCommand(folder)}\` creates one.`);
    terminal.out(`Trainer: ${trainer ? 'ready' : 'not installed; the next start installs it'}`);
  }
  return 0;
}

async function statusOf(name: string, folder: string, current: string): Promise<WorldStatus> {
  const checkpoint = checkpointFile(folder).read();
  const holder = holderOf(folder);
  const lastRun = newestRun(join(folder, 'runs', 'runs.json'), holder !== undefined);
  return {
    name,
    current: name === current,
    process: holder ?? null,
    phase: cityStateFile(folder).read()?.phase ?? null,
    livedUntil: checkpoint ? CITY_STARTS_AT + checkpoint.hoursDone * HOUR : null,
    champion: await championOf(folder),
    lastRun: lastRun ? { runId: lastRun.runId, status: lastRun.status, error: lastRun.error } : null,
    lags: await lagsIn(folder),
  };
}

async function championOf(folder: string): Promise<string | null> {
  const path = join(folder, 'tables.sqlite');
  if (!existsSync(path)) return null;
  const database = openSqlite(path);
  try {
    const pointer = await sqliteTable(database, 'registry', { now: Date.now }).get<AliasPointer>(aliasKey('champion'));
    return pointer?.version ?? null;
  } finally {
    database.close();
  }
}

function worldLines({
  name,
  current,
  process: pid,
  phase,
  livedUntil,
  champion,
  lastRun,
  lags,
}: WorldStatus): string[] {
  const mark = current ? '*' : ' ';
  const runner = pid === null ? '' : `, run by process ${pid}`;
  const error = lastRun?.error ? ` (${lastRun.error})` : '';
  return [
    `${mark} ${name}: ${phase ?? 'imported'}${runner}`,
    ...(livedUntil === null ? [] : [`    simulated until: ${new Date(livedUntil).toISOString()}`]),
    `    champion: ${champion ?? 'none (popularity serves)'}`,
    ...lags.flatMap(({ consumer, topic, records }) =>
      records > 0 ? [`    records of ${topic} that ${consumer} has not processed: ${count(records)}`] : [],
    ),
    ...(lastRun ? [`    last pipeline run: ${lastRun.runId} ${lastRun.status}${error}`] : []),
  ];
}
