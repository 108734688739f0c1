import { type Arrived, journey } from '../../localstack/embedded/city/journey.ts';
import { keepLiving } from '../../localstack/embedded/city/living.ts';
import type { City } from '../../localstack/embedded/city/phases.ts';
import { type CityReport, liftSentence, reportRows } from '../../localstack/embedded/city/report.ts';
import type { CitySize } from '../../localstack/embedded/city/state.ts';
import { docsRoutes } from '../../localstack/embedded/docs-routes.ts';
import { diagnose } from '../../localstack/embedded/doctor/checks.ts';
import { type FrontDoor, frontDoor } from '../../localstack/embedded/front-door.ts';
import type { Runtime } from '../../localstack/embedded/runtime.ts';
import { type CityProgress, cityProgress } from '../city-progress.ts';
import { CITY, type Home, homeAt } from '../home.ts';
import { untilInterrupted } from '../interrupt.ts';
import { followSeams, type SeamsFollower } from '../story/follow-seams.ts';
import { DEFAULT_WORKSPACE, seamsFileIn } from '../story/workspace.ts';
import { seconds, type Terminal, table } from '../terminal.ts';
import { preparedTrainer } from '../trainer.ts';
import { checkLines, isHealthy } from './doctor.ts';

export interface UpOptions extends Partial<CitySize> {
  readonly home: string;
  readonly port: number;
  readonly speed: number;
  readonly once?: boolean;
  readonly json?: boolean;
}

/** A city of this size lives its first weeks in about three minutes on two processors. */
export const DEFAULT_SIZE: CitySize = { seed: 1, agents: 10_000, titles: 1_000, days: 7 };

/** The main job: from nothing to a living city. @returns the exit status */
export async function up(options: UpOptions, terminal: Terminal): Promise<number> {
  const startedAt = performance.now();
  const home = homeAt(options.home);
  const port = options.once ? undefined : options.port;
  const checks = await diagnose({ folder: home.folder, trainerFolder: home.trainer, port });
  for (const line of checkLines(checks)) terminal.say(line);
  if (!isHealthy(checks)) return 1;
  home.makeCurrent(CITY);
  return untilInterrupted(terminal, async (signal) => {
    const progress = cityProgress(terminal, startedAt);
    await using door = port === undefined ? undefined : await openDoor(port, terminal);
    using seams = await followSeams(seamsFileIn(DEFAULT_WORKSPACE), terminal);
    const world = worldOf(home, progress, { terminal, door, seams, signal });
    const { city, report } = await journey(world, sizeOf(options), DEFAULT_SIZE);
    print(report, options.json === true, terminal);
    terminal.say(`${seconds(performance.now() - startedAt)} in all`);
    if (door) await live({ city, report }, options, { door, progress, terminal });
    return 0;
  });
}

interface Around {
  readonly terminal: Terminal;
  readonly door?: FrontDoor;
  readonly seams: SeamsFollower;
  readonly signal: AbortSignal;
}

function worldOf(home: Home, progress: CityProgress, { terminal, door, seams, signal }: Around): Omit<City, 'size'> {
  const { onStage } = progress;
  const trainer = preparedTrainer({ folder: home.trainer, terminal, onStage, signal });
  // It is awaited after the first week; a failure before that must not end the process.
  trainer.catch(() => undefined);
  const onRuntime = (runtime: Runtime | undefined) => {
    seams.lead(runtime);
    door?.lead(runtime);
  };
  const listener = { ...progress, onRuntime };
  return { dataDir: home.world(CITY), trainer, listener, signal };
}

/** Only what was asked for: the rest is as the kept city has it. */
export const sizeOf = ({ seed, agents, titles, days }: Partial<CitySize>): Partial<CitySize> =>
  Object.fromEntries(Object.entries({ seed, agents, titles, days }).filter(([, value]) => value !== undefined));

async function openDoor(port: number, terminal: Terminal): Promise<FrontDoor & AsyncDisposable> {
  const door = await frontDoor(port, docsRoutes);
  terminal.say(`Serving ${door.url} (API documentation at /docs, metrics at /metrics)`);
  return { ...door, [Symbol.asyncDispose]: () => door.close() };
}

function print(report: CityReport, json: boolean, terminal: Terminal): void {
  if (json) {
    terminal.out(JSON.stringify(report));
    return;
  }
  for (const line of table(reportRows(report))) terminal.out(line);
  terminal.out(liftSentence(report));
  terminal.out(`Event-log hash of week 1: ${report.eventLogHash}`);
}

async function live(
  { city }: Arrived,
  { speed }: UpOptions,
  { door, progress, terminal }: { door: FrontDoor; progress: CityProgress; terminal: Terminal },
): Promise<void> {
  progress.onPhase?.('living', city.size);
  terminal.say(`Look at ${door.url}; Ctrl-C ends it, and the next start goes on.`);
  const onError = (work: string, error: unknown) => terminal.say(`${work}: ${(error as Error).message}`);
  await keepLiving(city, { speed, onError });
  terminal.say('Stopped. The next start goes on from here.');
}
