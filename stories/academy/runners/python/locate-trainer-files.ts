import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../../..');
/** Folder that contains the trainer's Python package. */
export const TRAINER = join(ROOT, 'functions/model-training/trainer');
/** Environment that `npm start` prepares in the default home. */
const VENV = join(ROOT, '.agentbricks/trainer/venv');
/** Folders that need no separate view: a confined program sees the system's libraries anyway. */
const SYSTEM = ['/', '/usr'];
/** Python's cache of compiled modules. It contains the reference as bytecode. */
const CACHE = '__pycache__';

/** The Python of the trainer's environment, and the paths that it reads. */
export interface TrainerPython {
  readonly command: string;
  readonly readable: readonly string[];
}

/** Returns the trainer's Python, or undefined if its environment has not been prepared. */
export function trainerPython(venv = VENV): TrainerPython | undefined {
  const [command, settings] = [join(venv, 'bin/python'), join(venv, 'pyvenv.cfg')];
  if (!existsSync(command) || !existsSync(settings)) return undefined;
  const home = /^home = (.+)$/m.exec(readFileSync(settings, 'utf8'))?.[1]?.trim() ?? '/usr/bin';
  // The home may itself be a link, such as /usr/local/bin/python3 of a container.
  const bases = [dirname(home), dirname(dirname(realpathSync(command)))];
  const shown = [...new Set(bases)].filter((folder) => !SYSTEM.includes(folder));
  return { command, readable: [venv, ...shown] };
}

/**
 * Returns the paths of the trainer's package without one module: neither its file nor its bytecode, so that the
 * learner's code cannot read the reference.
 *
 * @param module such as agentbricks_trainer.export.export
 */
export function trainerWithout(module: string): readonly string[] {
  const parts = module.split('.');
  const hidden = `${parts.at(-1)}.py`;
  const folders = parts.slice(0, -1).map((_, depth) => parts.slice(0, depth + 1).join('/'));
  return folders.flatMap((folder, depth) => {
    const next = parts[depth + 1];
    const isLast = depth === folders.length - 1;
    const others = (name: string) => (isLast ? name !== hidden && name !== CACHE : name !== next);
    return readdirSync(join(TRAINER, folder))
      .filter(others)
      .map((name) => join(TRAINER, folder, name));
  });
}
