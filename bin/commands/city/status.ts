import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf } from '#adapters/sqlite/folder-lock.ts';
import { openSqlite } from '#adapters/sqlite/sqlite.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import { HOUR } from '#domain/core/time.ts';
import { type AliasPointer, aliasKey } from '#domain/models/model-versions.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import { CITY_STARTS_AT } from '../../../localstack/embedded/city/simulate-until.ts';
import { checkpointFile } from '../../../localstack/embedded/city/state/checkpoint.ts';
import { cityStateFile } from '../../../localstack/embedded/city/state/city-state.ts';
import { runStore } from '../../../localstack/embedded/storage/pipeline-run-store.ts';
import { isPrepared } from '../../../localstack/embedded/trainer/trainer-environment.ts';
import type { Terminal } from '../../console/terminal.ts';
import { homeAt } from '../../home/home.ts';

export interface StatusOptions {
  readonly home: string;
  readonly json?: boolean;
}

interface WorldStatus {
  readonly name: string;
  readonly current: boolean;
  /** Process that lives in it now. */
  readonly process: number | null;
  readonly phase: string | null;
  /** Simulated time, UTC epoch milliseconds. */
  readonly livedUntil: number | null;
  readonly champion: string | null;
  readonly lastRun: Pick<WorkflowRun, 'runId' | 'status' | 'error'> | null;
}

/** What is on disk; reads only, so that it may be asked while a city lives. */
export async function status({ home: folder, json }: StatusOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(folder);
  const worlds = join(home.folder, 'worlds');
  const names = existsSync(worlds) ? readdirSync(worlds).sort() : [];
  const found = await Promise.all(names.map((name) => statusOf(name, home.world(name), home.currentWorld())));
  const trainer = isPrepared(home.trainer);
  if (json) terminal.out(JSON.stringify({ worlds: found, trainer }));
  else {
    for (const world of found) terminal.out(describe(world));
    if (found.length === 0) terminal.out('There is no world yet: `npm start` makes one.');
    terminal.out(`Trainer: ${trainer ? 'ready' : 'not prepared; the next start prepares it'}`);
  }
  return 0;
}

async function statusOf(name: string, folder: string, current: string): Promise<WorldStatus> {
  const checkpoint = checkpointFile(folder).read();
  const [lastRun] = runStore(join(folder, 'runs', 'runs.json')).newest(1);
  return {
    name,
    current: name === current,
    process: holderOf(folder) ?? null,
    phase: cityStateFile(folder).read()?.phase ?? null,
    livedUntil: checkpoint ? CITY_STARTS_AT + checkpoint.hoursDone * HOUR : null,
    champion: await championOf(folder),
    lastRun: lastRun ? { runId: lastRun.runId, status: lastRun.status, error: lastRun.error } : null,
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

function describe({ name, current, process: pid, phase, livedUntil, champion, lastRun }: WorldStatus): string {
  return [
    `${current ? '*' : ' '} ${name}: ${phase ?? 'imported'}${pid === null ? '' : `, process ${pid} lives in it`}`,
    ...(livedUntil === null ? [] : [`    lived until ${new Date(livedUntil).toISOString()}`]),
    `    champion: ${champion ?? 'none, popularity serves'}`,
    ...(lastRun
      ? [`    last run: ${lastRun.runId} ${lastRun.status}${lastRun.error ? ` (${lastRun.error})` : ''}`]
      : []),
  ].join('\n');
}
