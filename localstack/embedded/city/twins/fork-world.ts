import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Files and folders that define a world: its log, tables, models and agents. The lake can be derived from them. */
const FORKED = ['log.sqlite', 'tables.sqlite', 'objects/models', 'universe'];

/** Copies a closed world, so that its twins can continue under other policies. Replaces an earlier copy. */
export function forkWorld(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const part of FORKED) {
    if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true });
  }
}
