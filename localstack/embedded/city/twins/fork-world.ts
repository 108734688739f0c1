import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What makes two worlds the same world: its log, its tables, its models and its people. The lake is derived. */
const FORKED = ['log.sqlite', 'tables.sqlite', 'objects/models', 'universe'];

/** Copies a closed world, so that its twins can live on under another policy. An earlier copy is replaced. */
export function forkWorld(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const part of FORKED) {
    if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true });
  }
}
