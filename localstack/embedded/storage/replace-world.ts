import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type FolderLock, lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { readJson, syncFolder, writeAtomic } from './write-atomically-and-read-json.ts';

/** Folder in which a new content of a world is prepared. It has no effect until it is complete and renamed. */
const PREPARED = '.restoring';
/** The complete new content of a world. While this folder exists, its entries replace those of the world. */
const COMPLETE = '.restored';
/** List of the new content's entries, inside the folder. */
const LIST = '.entries.json';
/** Entries of a world that are not part of its content. The lock stays, so that it protects the replacement. */
const KEPT = [COMPLETE, PREPARED, 'lock.sqlite', 'lock.sqlite-journal', 'lock.pid', 'serving.json'];

/**
 * Replaces the content of a world. If the process is killed, the world has its old content, or `lockWorld` completes the
 * new one. The caller has locked the world.
 *
 * @param prepare writes the new content to the folder and makes it durable
 */
export function replaceWorld(worldFolder: string, prepare: (folder: string) => void): void {
  finishReplacement(worldFolder);
  const prepared = join(worldFolder, PREPARED);
  try {
    prepare(prepared);
    writeAtomic(join(prepared, LIST), Buffer.from(JSON.stringify(readdirSync(prepared))));
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    throw error;
  }
  renameSync(prepared, join(worldFolder, COMPLETE));
  syncFolder(worldFolder);
  finishReplacement(worldFolder);
}

/** Returns whether a killed process has left a replacement that must be completed before the world is read. */
export const hasUnfinishedReplacement = (worldFolder: string): boolean => existsSync(join(worldFolder, COMPLETE));

/** Locks a world, and completes a replacement that a killed process has begun. @throws FolderInUse */
export function lockWorld(worldFolder: string): FolderLock {
  const lock = lockFolder(worldFolder);
  finishReplacement(worldFolder);
  return lock;
}

/** Completes a replacement that a killed process has begun, or discards an incomplete one. The caller has locked the world. */
function finishReplacement(worldFolder: string): void {
  rmSync(join(worldFolder, PREPARED), { recursive: true, force: true });
  const complete = join(worldFolder, COMPLETE);
  if (!existsSync(complete)) return;
  // The list is deleted last. Without it, every entry has been moved.
  const list = readJson(join(complete, LIST), (content) => z.array(z.string()).parse(content));
  const isPending = (entry: string) => existsSync(join(complete, entry));
  if (list) {
    const isNew = (entry: string) => list.includes(entry) && !isPending(entry);
    for (const entry of readdirSync(worldFolder)) {
      if (!KEPT.includes(entry) && !isNew(entry)) rmSync(join(worldFolder, entry), { recursive: true, force: true });
    }
    for (const entry of list) if (isPending(entry)) renameSync(join(complete, entry), join(worldFolder, entry));
    syncFolder(worldFolder);
  }
  rmSync(complete, { recursive: true });
}
