import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** One entry of a program's file system. Everything that has no entry does not exist for the program. */
export type Mount =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** A read-only view of a file or folder of the host, at the same path. */
  | { readonly kind: 'view'; readonly path: string; readonly isFolder: boolean }
  | { readonly kind: 'device'; readonly path: string };

/** Folders of shared libraries. Nix stores all of its programs in one folder, so that folder is listed too. */
const LIBRARIES = ['/usr/lib', '/usr/lib32', '/usr/lib64', '/lib', '/lib32', '/lib64', '/nix/store'];
const LOADER = ['/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d'];
const DEVICES = ['/dev/null', '/dev/urandom'];

/**
 * Returns the file system of a program: libraries, two devices and the given paths, with each folder before its
 * content.
 */
export function mountPlan(paths: readonly string[]): readonly Mount[] {
  const system = [...LIBRARIES, ...LOADER].filter((path) => existsSync(path)).map(viewOrLink);
  const views = [...new Set(paths.map((path) => realpathSync(path)))].map(viewOf);
  const links = [...new Set(paths)].flatMap(linkOf);
  const mounts = [...system, ...views, ...links, ...DEVICES.map((path) => ({ kind: 'device', path }) as const)];
  const covered = mounts.flatMap((mount) => (mount.kind === 'link' || isFolder(mount) ? [mount.path] : []));
  const visible = mounts.filter(({ path }) => !covered.some((folder) => path.startsWith(`${folder}/`)));
  return [...parentsOf(visible.map(({ path }) => path)), ...visible];
}

const isFolder = (mount: Mount): boolean => mount.kind === 'view' && mount.isFolder;

/** Returns a link from a path that contains symbolic links, such as /usr/bin/python3, to its real path. */
function linkOf(path: string): Mount[] {
  const target = realpathSync(path);
  return target === path ? [] : [{ kind: 'link', path, target }];
}

const viewOf = (path: string): Mount => ({ kind: 'view', path, isFolder: statSync(path).isDirectory() });

/** Preserves links such as /lib to usr/lib, because programs name their loader by the path of the link. */
const viewOrLink = (path: string): Mount =>
  lstatSync(path).isSymbolicLink() ? { kind: 'link', path, target: readlinkSync(path) } : viewOf(path);

/** Returns the folders that contain the paths, from the root down. Each folder is created empty. */
function parentsOf(paths: readonly string[]): Mount[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort((a, b) => a.length - b.length).map((path) => ({ kind: 'folder', path }));
}

/** Returns the first of the given paths that exists. */
export const firstExisting = (paths: readonly string[]): string | undefined => paths.find((path) => existsSync(path));

/**
 * Finds a system program by its name, in fixed folders. PATH is not used, because it may contain a learner's folder.
 */
export const systemProgram = (name: string): string | undefined =>
  firstExisting(['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'].map((folder) => `${folder}/${name}`));
