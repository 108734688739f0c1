import { readConfig, settingsOf } from '#adapters/composition/read-config.ts';
import type { FolderLock } from '#adapters/sqlite/folder-lock.ts';
import { isHeldBack } from '#domain/experiments/holdback.ts';
import { listeners } from '../../../localstack/embedded/city/combine-listeners.ts';
import type { City, CityListener } from '../../../localstack/embedded/city/first-week-pipeline-and-twins.ts';
import {
  type CityReport,
  liftSentence,
  reportRows,
} from '../../../localstack/embedded/city/policy-comparison-report.ts';
import { runCity } from '../../../localstack/embedded/city/run-city-with-weekly-retraining.ts';
import { runPhases } from '../../../localstack/embedded/city/run-or-resume-phases.ts';
import { scenarioRoutes } from '../../../localstack/embedded/city/scenarios/scenario-routes.ts';
import { type ScenarioSwitch, scenarioSwitch } from '../../../localstack/embedded/city/scenarios/scenario-switch.ts';
import { switchedScenariosFile } from '../../../localstack/embedded/city/scenarios/switched-scenarios-file.ts';
import { snapshotRoutes } from '../../../localstack/embedded/city/snapshots/save-snapshot-route.ts';
import { createDashboard, type Dashboard } from '../../../localstack/embedded/dashboard/update-and-serve-live-view.ts';
import { diagnose } from '../../../localstack/embedded/doctor/environment-checks.ts';
import {
  type RuntimeProxy,
  runtimeProxy,
} from '../../../localstack/embedded/host/http-server-for-changing-runtimes.ts';
import { docsRoutes } from '../../../localstack/embedded/http/api-docs-routes.ts';
import { checkRequiredFiles } from '../../../localstack/embedded/storage/record-and-check-required-files.ts';
import { lockWorld } from '../../../localstack/embedded/storage/replace-world.ts';
import { DEFAULT_WORKSPACE, seamsFileIn } from '../../../stories/academy/workspace/workspace-paths.ts';
import { type CityProgress, cityProgress } from '../../console/city-progress.ts';
import { diagnosisLines, isHealthy } from '../../console/doctor-report.ts';
import { seconds, table } from '../../console/format-values-and-tables.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { DEFAULT_SIZE, givenSize, type SizeOptions } from '../../home/city-size-command-line-options.ts';
import { preparedTrainer } from '../../home/prepare-trainer.ts';
import { useTemporaryFolder } from '../../home/put-temporary-files-under-home.ts';
import { servingFile } from '../../home/request-running-city.ts';
import { snapshotFolders } from '../../home/save-world-snapshot.ts';
import { CITY, type Home, homeAt } from '../../home/world-folders-and-current-world.ts';
import { followSeams } from '../../learner-code/load-and-reload-selected-files.ts';

export interface UpOptions extends SizeOptions {
  readonly home: string;
  readonly port: number;
  /** Simulated seconds per real second, after the comparison of the policies. */
  readonly speed: number;
  readonly once?: boolean;
  readonly json?: boolean;
}

/**
 * Simulates a week, trains a model, compares the policies on the next week, and runs the city.
 *
 * @returns the exit status
 */
export async function up(options: UpOptions, terminal: Terminal): Promise<number> {
  const startedAt = performance.now();
  const home = homeAt(options.home);
  const port = options.once ? undefined : options.port;
  // Invalid options are rejected before anything starts.
  const size = givenSize(options);
  const checks = await diagnose({ folder: home.folder, trainerFolder: home.trainer, port });
  for (const line of diagnosisLines(checks)) terminal.say(line);
  if (!isHealthy(checks)) return 1;
  // Until the process ends: no other process may read or delete the world between two phases.
  using lock = lockWorld(home.world(CITY));
  using _temporary = useTemporaryFolder(home.folder);
  checkRequiredFiles(home.world(CITY));
  home.makeCurrent(CITY);
  return await untilInterrupted(terminal, async (signal) => {
    const progress = cityProgress(terminal, startedAt);
    await using server = port === undefined ? undefined : await openServer(home, port, terminal);
    const observers = [progress, ...(server ? [server.dashboard, { onRuntime: server.proxy.setRuntime }] : [])];
    const world = worldOf(home, progress, { terminal, lock, listener: listeners(...observers), signal });
    const { city, report } = await runPhases(world, size, DEFAULT_SIZE);
    server?.dashboard.setReport(report);
    print(report, options.json === true, terminal);
    terminal.say(`Total time: ${seconds(performance.now() - startedAt)}`);
    if (server) await run(city, options, server, terminal);
    return 0;
  });
}

interface CityContext {
  readonly terminal: Terminal;
  readonly lock: FolderLock;
  readonly listener: CityListener;
  readonly signal: AbortSignal;
}

function worldOf(
  home: Home,
  { onStage }: CityProgress,
  { terminal, lock, listener, signal }: CityContext,
): Omit<City, 'size'> {
  const trainer = preparedTrainer({ folder: home.trainer, terminal, onStage, signal });
  // The trainer is awaited only after the first week. This handler keeps an earlier rejection from ending the process.
  trainer.catch(() => undefined);
  return { dataDir: home.world(CITY), lock, trainer, listener, signal };
}

interface CityServer extends AsyncDisposable {
  readonly proxy: RuntimeProxy;
  readonly dashboard: Dashboard;
  readonly scenarios: ScenarioSwitch;
}

/** Opens the port with the dashboard, the API's documentation and the metrics. */
async function openServer(home: Home, port: number, terminal: Terminal): Promise<CityServer> {
  const { holdbackShare } = settingsOf(readConfig());
  const dashboard = createDashboard({
    dataDir: home.world(CITY),
    isHeldBack: (userId) => isHeldBack(userId, holdbackShare),
  });
  const scenarios = scenarioSwitch(home.world(CITY), dashboard.setScenarios);
  const control = [...scenarioRoutes(scenarios), ...snapshotRoutes(snapshotFolders(home, CITY))];
  const proxy = await runtimeProxy(port, [...dashboard.routes(), ...control, ...docsRoutes]);
  terminal.say(`Serving ${proxy.url} (API documentation at /docs, metrics at /metrics)`);
  const serving = servingFile(home.world(CITY));
  serving.write(proxy.url);
  const close = async () => {
    serving.remove();
    dashboard.close();
    await proxy.close();
  };
  return { proxy, dashboard, scenarios, [Symbol.asyncDispose]: close };
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

/**
 * Runs the city until Ctrl-C. A learner's code runs only here: the first week and the comparison of the policies use the
 * reference implementation, so that their results do not depend on a learner's code.
 */
async function run(city: City, { speed }: UpOptions, server: CityServer, terminal: Terminal): Promise<void> {
  city.listener.onPhase?.('living', city.size);
  using seams = await followSeams(seamsFileIn(DEFAULT_WORKSPACE), terminal, server.dashboard.setLearnersCode);
  const listener = listeners({ onRuntime: seams.lead }, city.listener);
  terminal.say(`Open ${server.proxy.url} in a browser. Ctrl-C stops the city; the next start resumes it.`);
  const on = switchedScenariosFile(city.dataDir)
    .readOn()
    .map(({ name }) => name);
  if (on.length > 0) terminal.say(`Scenarios that are still on: ${on.join(', ')}.`);
  const onError = (work: string, error: unknown) => terminal.say(`${work}: ${(error as Error).message}`);
  await runCity({ ...city, listener }, { speed, scenarios: server.scenarios, onError });
  terminal.say('Stopped. The next start resumes from here.');
}
