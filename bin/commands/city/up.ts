import { readConfig, settingsOf } from '#adapters/composition/config.ts';
import { isHeldBack } from '#domain/experiments/holdback.ts';
import { journey } from '../../../localstack/embedded/city/run-phases.ts';
import { listeners } from '../../../localstack/embedded/city/city-listeners.ts';
import type { City, CityListener } from '../../../localstack/embedded/city/city-phases.ts';
import { type CityReport, liftSentence, reportRows } from '../../../localstack/embedded/city/city-report.ts';
import { keepLiving } from '../../../localstack/embedded/city/run-city.ts';
import type { CitySize } from '../../../localstack/embedded/city/state/city-state.ts';
import { type Cockpit, createCockpit } from '../../../localstack/embedded/dashboard/dashboard.ts';
import { diagnose } from '../../../localstack/embedded/doctor/environment-checks.ts';
import { type FrontDoor, frontDoor } from '../../../localstack/embedded/host/runtime-proxy.ts';
import { docsRoutes } from '../../../localstack/embedded/http/openapi-routes.ts';
import { type CityProgress, cityProgress } from '../../console/city-progress.ts';
import { untilInterrupted } from '../../console/interrupt.ts';
import { seconds, type Terminal, table } from '../../console/terminal.ts';
import { CITY, type Home, homeAt } from '../../home/home.ts';
import { preparedTrainer } from '../../home/prepare-trainer.ts';
import { readScenario } from '../../home/read-scenario.ts';
import { followSeams } from '../../story/follow-seams.ts';
import { DEFAULT_WORKSPACE, seamsFileIn } from '../../story/workspace.ts';
import { checkLines, isHealthy } from './doctor.ts';

/** A city as the command line asks for it. */
export interface AskedSize extends Partial<Omit<CitySize, 'scenario'>> {
  /** Path of a scenario file. */
  readonly scenario?: string;
}

export interface UpOptions extends AskedSize {
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
    await using window = port === undefined ? undefined : await openWindow(home, port, terminal);
    using seams = await followSeams(seamsFileIn(DEFAULT_WORKSPACE), terminal);
    const told = [
      progress,
      { onRuntime: seams.lead },
      ...(window ? [window.cockpit, { onRuntime: window.door.lead }] : []),
    ];
    const world = worldOf(home, progress, { terminal, listener: listeners(...told), signal });
    const { city, report } = await journey(world, sizeOf(options), DEFAULT_SIZE);
    window?.cockpit.setReport(report);
    print(report, options.json === true, terminal);
    terminal.say(`${seconds(performance.now() - startedAt)} in all`);
    if (window) await live(city, options, window.door.url, terminal);
    return 0;
  });
}

interface Around {
  readonly terminal: Terminal;
  readonly listener: CityListener;
  readonly signal: AbortSignal;
}

function worldOf(home: Home, { onStage }: CityProgress, { terminal, listener, signal }: Around): Omit<City, 'size'> {
  const trainer = preparedTrainer({ folder: home.trainer, terminal, onStage, signal });
  // It is awaited after the first week; a failure before that must not end the process.
  trainer.catch(() => undefined);
  return { dataDir: home.world(CITY), trainer, listener, signal };
}

/**
 * Only what was asked for: the rest is as the kept city has it.
 *
 * @throws BadScenario
 */
export function sizeOf({ seed, agents, titles, days, off, scenario }: AskedSize): Partial<CitySize> {
  const asked = { seed, agents, titles, days, off, scenario: scenario && readScenario(scenario) };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

interface Window extends AsyncDisposable {
  readonly door: FrontDoor;
  readonly cockpit: Cockpit;
}

/** What the city shows of itself: the live page, the API's documentation, metrics. */
async function openWindow(home: Home, port: number, terminal: Terminal): Promise<Window> {
  const { holdbackShare } = settingsOf(readConfig());
  const cockpit = createCockpit({
    dataDir: home.world(CITY),
    isHeldBack: (userId) => isHeldBack(userId, holdbackShare),
  });
  const door = await frontDoor(port, [...cockpit.routes(), ...docsRoutes]);
  terminal.say(`Serving ${door.url} (API documentation at /docs, metrics at /metrics)`);
  const close = async () => {
    cockpit.close();
    await door.close();
  };
  return { door, cockpit, [Symbol.asyncDispose]: close };
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

async function live(city: City, { speed }: UpOptions, url: string, terminal: Terminal): Promise<void> {
  city.listener.onPhase?.('living', city.size);
  terminal.say(`Look at ${url}; Ctrl-C ends it, and the next start goes on.`);
  const onError = (work: string, error: unknown) => terminal.say(`${work}: ${(error as Error).message}`);
  await keepLiving(city, { speed, onError });
  terminal.say('Stopped. The next start goes on from here.');
}
