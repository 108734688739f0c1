/** What the live page is told, as JSON. The page's scripts import only types from here. Times are UTC epoch ms. */

/** What the agents of one hour did under one policy. */
export interface PolicyHour {
  readonly sessions: number;
  readonly plays: number;
  /** Sum of the true utilities of what was played. */
  readonly utility: number;
}

/** A value with its 95 % interval; a share: 0.2 is 20 %. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** One simulated hour. */
export interface HourPoint {
  /** Hours since the universe began. */
  readonly hour: number;
  /** The hour's end, simulated. */
  readonly at: number;
  /** Agents with a session in this hour. */
  readonly online: number;
  readonly events: number;
  /** Wall-clock rate since the hour before. */
  readonly eventsPerSecond: number;
  readonly policies: Readonly<Record<string, PolicyHour>>;
  /** Utility per session, model over the popularity holdback, over the last simulated day. Absent with too few agents. */
  readonly lift?: Estimate;
}

export interface StateView {
  readonly name: string;
  readonly status: 'running' | 'done' | 'failed';
  /** Wall clock. */
  readonly startedAt: number;
  readonly endedAt?: number;
}

export interface RunView {
  readonly runId: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly states: readonly StateView[];
  /** Why the model was promoted or kept back, or why the run failed. */
  readonly verdict?: string;
}

export interface ChampionView {
  readonly version: string;
  /** Of the manifest: name → value. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TwinRow {
  readonly policy: string;
  readonly utilityPerSession: number;
  readonly playsPerSession: number;
  readonly returnRateDay7: number;
  readonly coverage: number;
}

export interface TwinsView {
  readonly rows: readonly TwinRow[];
  /** The lift in one sentence, or why there is none. */
  readonly sentence: string;
}

export interface Progress {
  readonly phase: string;
  readonly done: number;
  /** 0 when nobody can say. */
  readonly total: number;
}

/** All that the page shows, but for the agent's day. */
export interface LiveView {
  /** Oldest first, bounded. */
  readonly hours: readonly HourPoint[];
  /** Newest first, bounded. */
  readonly runs: readonly RunView[];
  readonly champion: ChampionView | null;
  readonly twins: TwinsView | null;
  readonly progress: Progress | null;
  /** Some agents of the last hour whose day is worth a look. */
  readonly agents: readonly string[];
}

/** One server-sent event of `GET /v1/live`: first the whole view, then what changes. */
export type LiveMessage =
  | { readonly kind: 'view'; readonly view: LiveView }
  | { readonly kind: 'hour'; readonly point: HourPoint; readonly agents: readonly string[] }
  | { readonly kind: 'change'; readonly change: Partial<Pick<LiveView, 'runs' | 'champion' | 'twins' | 'progress'>> };

export interface TitleView {
  readonly titleId: string;
  readonly name: string;
  readonly genres: readonly string[];
  /** True utility for this agent: 0 is indifference, 1 a good evening. */
  readonly utility: number;
}

export interface ShownTitle extends TitleView {
  /** 1 is the top. */
  readonly position: number;
  /** The agent's eyes came this far. */
  readonly looked: boolean;
  readonly played: boolean;
  /** Stars. */
  readonly rating?: number;
}

export interface SessionView {
  readonly startedAt: number;
  readonly device: string;
  readonly policy: string;
  /** What the agent looked for by itself and played, before it met the slate. */
  readonly found?: TitleView;
  readonly slate: readonly ShownTitle[];
}

/** `GET /v1/agents/{id}/day`: one agent's last simulated day. */
export interface AgentDay {
  readonly userId: string;
  readonly country: string;
  /** 0 (about to leave) to 1. */
  readonly contentment: number;
  readonly hasLeft: boolean;
  /** The best titles for this agent, best first. */
  readonly favourites: readonly (TitleView & { readonly seen: boolean })[];
  /** Newest first. */
  readonly sessions: readonly SessionView[];
}
