import { DAY, HOUR, type Now, SECOND } from '#domain/core/time.ts';
import type { FilmHour } from '../../../functions/universe/worlds/films/slate-requests.ts';
import type { Universe } from '../../../functions/universe/worlds/films/universe.ts';
import type { CityListener } from '../city/city-phases.ts';
import { type CityReport, liftSentence, type TwinName } from '../city/city-report.ts';
import type { CitySize } from '../city/state/city-state.ts';
import type { Route } from '../http/http-server.ts';
import { agentDays } from './agent-days.ts';
import { historyFile } from './history-file.ts';
import { hourPoint, mostActiveAgents } from './hour-summary.ts';
import { liveFeed } from './live-feed.ts';
import type { ChampionView, HourPoint, LiveView, Progress, TwinsView } from './messages.ts';
import { type IsHeldBack, onlineLift } from './online-lift.ts';
import { dashboardRoutes } from './page-routes.ts';
import { promotedBy, withEndedRun, withStateChange } from './pipeline-runs.ts';

/** Four simulated weeks. */
const KEPT_HOURS = 28 * (DAY / HOUR);
const WRITE_EVERY = 5 * SECOND;
const TWINS: readonly TwinName[] = ['champion', 'random', 'popular', 'oracle'];

export interface DashboardOptions {
  /** Folder of the world whose past is shown; the past of an earlier start is read from it. */
  readonly dataDir: string;
  /** The control group. */
  readonly isHeldBack: IsHeldBack;
  /** Wall clock. @default - Date.now */
  readonly now?: Now;
}

/**
 * The live page. It listens to a city: send it to `CityListener` calls as they come; each is synchronous and costs less
 * than a millisecond for 10,000 agents.
 */
export interface Dashboard extends Required<Omit<CityListener, 'onRuntime'>> {
  /** The twins' table and the champion that came of the first run. */
  setReport(report: CityReport): void;
  onChampion(champion: ChampionView): void;
  setProgress(progress: Progress): void;
  /** `/`, its script and style, `/v1/live` and `/v1/agents/{id}/day`. */
  routes(): readonly Route[];
  /** Writes the past down and ends the feeds. */
  close(): void;
}

/** Starts to bundle the page at once; nothing is served until `routes()` are. */
export function createDashboard({ dataDir, isHeldBack, now = Date.now }: DashboardOptions): Dashboard {
  const history = viewWithHistory(dataDir, now);
  const days = agentDays();
  const feed = liveFeed(() => ({ kind: 'view', view: history.view() }));
  const change = (changed: Partial<Omit<LiveView, 'hours' | 'agents'>>) => {
    history.change(changed);
    feed.tell({ kind: 'change', change: changed });
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
    onHour: (lived, universe) => {
      const point = summarise(lived, universe);
      const agents = mostActiveAgents(lived.sessions);
      days.take(lived, universe);
      history.add(point, agents);
      feed.tell({ kind: 'hour', point, agents });
      if (week) setProgress({ phase: 'first-week', done: lived.hour + 1, total: week.days * (DAY / HOUR) });
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
    onChampion: (champion) => change({ champion }),
    setReport: (report) => change(viewOfReport(report, history.view().champion)),
    setProgress,
    routes: () => routes,
    close: () => {
      history.write();
      feed.close();
    },
  };
}

/** The view, and its past on disk: written down now and then, and when something rare changed. */
function viewWithHistory(dataDir: string, now: Now) {
  const file = historyFile(dataDir);
  let view: LiveView = { progress: null, agents: [], ...file.read() };
  let writtenAt = now();
  const write = () => {
    writtenAt = now();
    const { hours, runs, champion, twins } = view;
    file.write({ hours, runs, champion, twins });
  };
  return {
    view: () => view,
    write,
    change(changed: Partial<LiveView>): void {
      view = { ...view, ...changed };
      if (changed.champion || changed.twins) write();
    },
    /** An hour that is lived again, after a cut, takes the place of the one before and of what came after it. */
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
  return (lived: FilmHour, universe: Universe): HourPoint => {
    if (universe !== of) lift = onlineLift(universe.size.agents, isHeldBack);
    of = universe;
    const seconds = Math.max(1, now() - last) / SECOND;
    last = now();
    const measured = lift?.(lived.sessions);
    const point = hourPoint(lived, universe.size.startAt, lived.events / seconds);
    return measured ? { ...point, lift: measured } : point;
  };
}

function twinProgress(setProgress: (progress: Progress) => void) {
  const lived = new Map<TwinName, number>();
  let total = 0;
  const tell = () =>
    setProgress({ phase: 'twins', done: [...lived.values()].reduce((sum, day) => sum + day, 0), total });
  return {
    begin: ({ days }: CitySize): void => {
      lived.clear();
      total = days * (TWINS.length - 1);
      tell();
    },
    day: (policy: TwinName, day: number): void => {
      lived.set(policy, day);
      // The champion's twin is there only when there is a champion.
      if (policy === 'champion' && day === 1) total = (total / (TWINS.length - 1)) * TWINS.length;
      tell();
    },
  };
}

function viewOfReport(report: CityReport, kept: ChampionView | null): Partial<Pick<LiveView, 'champion' | 'twins'>> {
  const rows = TWINS.flatMap((policy) => {
    const result = report.policies[policy];
    return result ? [{ policy, ...result }] : [];
  });
  const twins: TwinsView = { rows, sentence: liftSentence(report) };
  const { championVersion: version } = report;
  return { twins, champion: kept ?? (version === null ? null : { version, metrics: {} }) };
}
