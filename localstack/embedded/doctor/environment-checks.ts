import { mkdirSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import {
  findPython,
  isPrepared,
  NoPython,
  OLDEST_PYTHON,
  TRAINER_BYTES,
} from '../trainer/prepare-trainer-virtualenv.ts';
import { isFree, portHolder } from './find-port-holder.ts';

export interface Check {
  readonly name: string;
  /** `limited`: only the feature of this check is unavailable. */
  readonly status: 'ok' | 'limited' | 'failed';
  readonly found: string;
  /** Next action of the user. Absent if the check passed. */
  readonly fix?: string;
}

export interface DoctorOptions {
  /** Home folder, in which all worlds are stored. */
  readonly folder: string;
  readonly trainerFolder: string;
  /** Port to check. @default - none */
  readonly port?: number;
}

const OLDEST_NODE = 20;
const GIGA = 1e9;
/** Disk space for a city of the default size with its twins and the log of a few simulated weeks. */
const CITY_BYTES = 2 * GIGA;
const LEAST_MEMORY = 4 * GIGA;

/** Checks whether this machine can run AgentBricks. @returns one result per requirement */
export async function diagnose({ folder, trainerFolder, port }: DoctorOptions): Promise<Check[]> {
  return [
    node(),
    await python(),
    memory(),
    disk(folder, trainerFolder),
    ...(port === undefined ? [] : [await freePort(port)]),
  ];
}

function node(): Check {
  const found = process.versions.node;
  const good = Number(found.split('.')[0]) >= OLDEST_NODE;
  return {
    name: 'Node.js',
    status: good ? 'ok' : 'failed',
    found,
    ...(good ? {} : { fix: `Install Node.js ${OLDEST_NODE} or later` }),
  };
}

async function python(): Promise<Check> {
  try {
    const { version } = await findPython();
    return { name: 'Python', status: 'ok', found: version };
  } catch (error) {
    if (!(error instanceof NoPython)) throw error;
    const found = `no Python ${OLDEST_PYTHON.join('.')} or later was found: no model can be trained, and all users get popular titles`;
    return { name: 'Python', status: 'limited', found, fix: error.explanation.fix };
  }
}

function memory(): Check {
  const found = `${gigabytes(totalmem())} and ${availableParallelism()} processors`;
  return totalmem() >= LEAST_MEMORY
    ? { name: 'Memory', status: 'ok', found }
    : {
        name: 'Memory',
        status: 'limited',
        found,
        fix: 'Simulate fewer agents, for instance with --agents 2000 --titles 300',
      };
}

function disk(folder: string, trainerFolder: string): Check {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const needed = CITY_BYTES + (isPrepared(trainerFolder) ? 0 : TRAINER_BYTES);
  const found = `${gigabytes(free)} free, ${gigabytes(needed)} needed`;
  if (free >= needed) return { name: 'Disk', status: 'ok', found };
  const fix = `Free disk space, or store the data elsewhere with --home`;
  return { name: 'Disk', status: free >= CITY_BYTES ? 'limited' : 'failed', found, fix };
}

async function freePort(port: number): Promise<Check> {
  const name = `Port ${port}`;
  if (port === 0 || (await isFree(port))) return { name, status: 'ok', found: 'free' };
  const holder = portHolder(port) ?? 'a process that this user is not allowed to see';
  return {
    name,
    status: 'failed',
    found: `held by ${holder}`,
    fix: 'Stop this process, or choose another port with --port',
  };
}

const gigabytes = (bytes: number) => `${(bytes / GIGA).toFixed(1)} GB`;
