import { DAY, HOUR, type Now, SECOND } from '#domain/core/time.ts';
import type { Universe } from '../../../functions/universe/worlds/films/create-universe.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/request-slate-from-service-or-oracle.ts';
import type { WaitingConsumer } from '../aws/event-source-mapping.ts';
import type { CityListener } from '../city/first-week-pipeline-and-twins.ts';
import { type CityReport, liftSentence, type TwinName } from '../city/policy-comparison-report.ts';
import type { CitySize } from '../city/state/persist-size-and-phase.ts';
import type { Route } from '../http/http-server.ts';
import { isPassingFault } from '../process/retry-passing-faults.ts';
import { hourPoint, mostActiveAgents } from './hour-summary.ts';
import { agentDays } from './keep-agents-last-day.ts';
import { liveFeed } from './live-feed.ts';
import type { ChampionView, HourPoint, LiveView, Progress, TwinsView } from './live-message-types.ts';
import { type IsHeldBack, onlineLift } from './model-lift-over-holdback.ts';
import { dashboardRoutes } from './page-and-live-data-routes.ts';
import { historyFile } from './page-history-file.ts';
import { promotedBy, withEndedRun, withStateChange } from './update-pipeline-runs.ts';

/** Maximum history: four simulated weeks. */
const KEPT_HOURS = 28 * (DAY / HOUR);
const WRITE_EVERY = 5 * SECOND;
const TWINS: readonly TwinName[] = ['champion', 'random', 'popular', 'oracle'];

export interface DashboardOptions {
  /** Folder of the city's world. The dashboard stores its history there. */
  readonly dataDir: string;
  /** Whether a user belongs to the popularity holdback. */
  readonly isHeldBack: IsHeldBack;
  /** Wall clock. @default - Date.now */
  readonly now?: Now;
}

/**
 * The live page of a city, as a listener of the city's events. Each call is synchronous and takes less than a
 * millisecond for 10,000 agents.
 */
export interface Dashboard extends Required<Omit<CityListener, 'onRuntime'>> {
  /** Sets the twins' table and the champion of the first pipeline run. */
  setReport(report: CityReport): void;
  onChampion(champion: ChampionView): void;
  setProgress(progress: Progress): void;
  setLearnersCode(learnersCode: LiveView['learnersCode']): void;
  setScenarios(scenarios: LiveView['scenarios']): void;
  /** Routes of the page: `/`, its script and style, `/v1/live` and `/v1/agents/{id}/day`. */
  routes(): readonly Route[];
  /** Stores the history and ends all feeds. */
  close(): void;
}

/** Creates the dashboard and starts bundling the page. A server serves the page once it has mounted `routes()`. */
export function createDashboard({ dataDir, isHeldBack, now = Date.now }: DashboardOptions): Dashboard {
  const history = viewWithHistory(dataDir, now);
  const days = agentDays();
  const feed = liveFeed(() => ({ kind: 'view', view: history.view() }));
  const change = (changed: Partial<Omit<LiveView, 'hours' | 'agents'>>) => {
    history.change(changed);
    feed.send({ kind: 'change', change: changed });
  };
  const setProgress = (progress: Progress) => change({ progress });
  const summarise = hourSummaries(now, isHeldBack);
  const twins = twinProgress(setProgress);
  const routes = dashboardRoutes({ feed, day: days.of });
  let week: CitySize | undefined;
  return {
    onPhase: (phase, size) => {
      week = phase === 'first-week' ? size : undefined;
      setProgress({ phase, done: 0, total: 0 });
      if (phase === 'twins') twins.begin(size);
    },
    onHour: (filmHour, universe) => {
      const point = summarise(filmHour, universe);
      const agents = mostActiveAgents(filmHour.sessions);
      days.add(filmHour, universe);
      history.add(point, agents);
      feed.send({ kind: 'hour', point, agents });
      if (week) setProgress({ phase: 'first-week', done: filmHour.hour + 1, total: week.days * (DAY / HOUR) });
    },
    onState: (state) => change({ runs: withStateChange(history.view().runs, state) }),
    onRun: (run) => {
      const version = promotedBy(run);
      change({
        runs: withEndedRun(history.view().runs, run),
        ...(version ? { champion: { version, metrics: {} } } : {}),
      });
    },
    onTwinDay: twins.day,
    ...waits(change),
    onChampion: (champion) => change({ champion }),
    setReport: (report) => change(viewOfReport(report, history.view().champion)),
    setProgress,
    setLearnersCode: (learnersCode) => change({ learnersCode }),
    setScenarios: (scenarios) => change({ scenarios }),
    routes: () => routes,
    close: () => {
      history.write();
      feed.close();
    },
  };
}

/** Shows consumers, and the simulation, from their first failed attempt until they have resumed. */
function waits(
  change: (changed: Partial<Pick<LiveView, 'waiting' | 'paused'>>) => void,
): Required<Pick<CityListener, 'onWaiting' | 'onResumed' | 'onPaused'>> {
  let waiting: readonly WaitingConsumer[] = [];
  const show = (consumer: WaitingConsumer, now: readonly WaitingConsumer[]) => {
    waiting = [...waiting.filter((other) => !isSamePartition(consumer, other)), ...now];
    change({ waiting });
  };
  return {
    onWaiting: (consumer) => show(consumer, [consumer]),
    onResumed: (consumer) => show(consumer, []),
    onPaused: (pause) => change({ paused: pause ?? null }),
  };
}

const isSamePartition = (one: WaitingConsumer, other: WaitingConsumer): boolean =>
  one.name === other.name && one.topic === other.topic && one.partition === other.partition;

/**
 * Stores the view in memory, and writes its history to disk: at most every five seconds after an hour, and immediately
 * after a new champion or new twins. If the disk is full, a later write stores the
 * same history.
 */
function viewWithHistory(dataDir: string, now: Now) {
  const file = historyFile(dataDir);
  const empty = { progress: null, agents: [], scenarios: [], learnersCode: [], waiting: [], paused: null };
  let view: LiveView = { ...empty, ...file.read() };
  let writtenAt = now();
  const write = () => {
    writtenAt = now();
    const { hours, runs, champion, twins } = view;
    try {
      file.write({ hours, runs, champion, twins });
    } catch (error) {
      if (!isPassingFault(error)) throw error;
    }
  };
  return {
    view: () => view,
    write,
    change(changed: Partial<LiveView>): void {
      view = { ...view, ...changed };
      if (changed.champion || changed.twins) write();
    },
    /** Adds an hour. An hour that is simulated again, after an interruption, replaces the earlier one and all later hours. */
    add(point: HourPoint, agents: readonly string[]): void {
      const earlier = view.hours.filter(({ hour }) => hour < point.hour);
      view = { ...view, hours: [...earlier, point].slice(-KEPT_HOURS), agents };
      if (now() - writtenAt >= WRITE_EVERY) write();
    },
  };
}

function hourSummaries(now: Now, isHeldBack: IsHeldBack) {
  let lift: ReturnType<typeof onlineLift> | undefined;
  let of: Universe | undefined;
  let last = now();
  return (filmHour: FilmHour, universe: Universe): HourPoint => {
    if (universe !== of) lift = onlineLift(universe.size.agents, isHeldBack);
    of = universe;
    const seconds = Math.max(1, now() - last) / SECOND;
    last = now();
    const measured = lift?.(filmHour.sessions);
    const point = hourPoint(filmHour, universe.size.startAt, filmHour.events / seconds);
    return measured ? { ...point, lift: measured } : point;
  };
}

function twinProgress(setProgress: (progress: Progress) => void) {
  const daysDone = new Map<TwinName, number>();
  let total = 0;
  const report = () =>
    setProgress({ phase: 'twins', done: [...daysDone.values()].reduce((sum, day) => sum + day, 0), total });
  return {
    begin: ({ days }: CitySize): void => {
      daysDone.clear();
      total = days * (TWINS.length - 1);
      report();
    },
    day: (policy: TwinName, day: number): void => {
      daysDone.set(policy, day);
      // Only cities with a champion have a champion twin.
      if (policy === 'champion' && day === 1) total = (total / (TWINS.length - 1)) * TWINS.length;
      report();
    },
  };
}

function viewOfReport(report: CityReport, current: ChampionView | null): Partial<Pick<LiveView, 'champion' | 'twins'>> {
  const rows = TWINS.flatMap((policy) => {
    const result = report.policies[policy];
    return result ? [{ policy, ...result }] : [];
  });
  const twins: TwinsView = { rows, sentence: liftSentence(report) };
  const { championVersion: version } = report;
  return { twins, champion: current ?? (version === null ? null : { version, metrics: {} }) };
}
