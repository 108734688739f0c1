import type { WaitingConsumer } from '../aws/event-source-mapping.ts';
import type { ScenarioView } from '../city/scenarios/scenario-api-schemas.ts';
import type { FunctionStatus } from '../host/learner-code/fall-back-to-reference.ts';
import type { Pause } from '../process/retry-passing-faults.ts';

/** Types of the JSON messages between the server and the live page. Times are UTC epoch milliseconds. */

/** Totals of one hour under one policy. */
export interface PolicyHour {
  readonly sessions: number;
  readonly plays: number;
  /** Sum of the true utilities of the played titles. */
  readonly utility: number;
}

/** A value with its 95 % interval, as fractions: 0.2 is 20 %. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Totals of one simulated hour. */
export interface HourPoint {
  /** Hours since the universe began. */
  readonly hour: number;
  /** Simulated end of the hour. */
  readonly at: number;
  /** Number of agents with a session in this hour. */
  readonly online: number;
  readonly events: number;
  /** Events per wall-clock second since the previous hour. */
  readonly eventsPerSecond: number;
  readonly policies: Readonly<Record<string, PolicyHour>>;
  /**
   * Relative gain in utility per session, model over popularity holdback, in the last simulated day. Absent if there are too few
   * agents.
   */
  readonly lift?: Estimate;
}

export interface StateView {
  readonly name: string;
  readonly status: 'running' | 'done' | 'failed';
  /** Wall-clock time. */
  readonly startedAt: number;
  readonly endedAt?: number;
}

export interface RunView {
  readonly runId: string;
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly states: readonly StateView[];
  /** The gate's reason for promoting the model or not, or the error of the run. */
  readonly verdict?: string;
}

export interface ChampionView {
  readonly version: string;
  /** Metrics of the manifest by name. */
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
  /** The lift in one sentence, or the reason why there is none. */
  readonly sentence: string;
}

export interface Progress {
  readonly phase: string;
  readonly done: number;
  /** 0 if the total is unknown. */
  readonly total: number;
}

/** Content of the page, except the agent's day. */
export interface LiveView {
  /** Oldest first; limited to the last weeks. */
  readonly hours: readonly HourPoint[];
  /** Newest first; limited to the last runs. */
  readonly runs: readonly RunView[];
  readonly champion: ChampionView | null;
  readonly twins: TwinsView | null;
  readonly progress: Progress | null;
  /** Agents of the last hour with the most plays. */
  readonly agents: readonly string[];
  /** Scenarios that are switched on. */
  readonly scenarios: readonly ScenarioView[];
  /** Counts of the learner's functions in use. */
  readonly learnersCode: readonly FunctionStatus[];
  /** Consumers of the event log that failed and wait before they retry. */
  readonly waiting: readonly WaitingConsumer[];
  /** The simulation, while it waits, for instance because the disk is full. */
  readonly paused: Pause | null;
}

/** One server-sent event of `GET /v1/live`: first the complete view, then changes. */
export type LiveMessage =
  | { readonly kind: 'view'; readonly view: LiveView }
  | { readonly kind: 'hour'; readonly point: HourPoint; readonly agents: readonly string[] }
  | { readonly kind: 'change'; readonly change: Partial<Omit<LiveView, 'hours' | 'agents'>> };

export interface TitleView {
  readonly titleId: string;
  readonly name: string;
  readonly genres: readonly string[];
  /** True utility for this agent: 0 is indifference, 1 a good evening. */
  readonly utility: number;
}

export interface ShownTitle extends TitleView {
  /** Position in the slate; 1 is the top. */
  readonly position: number;
  /** Whether the agent looked at the title. */
  readonly looked: boolean;
  readonly played: boolean;
  /** Rating in stars. */
  readonly rating?: number;
}

export interface SessionView {
  readonly startedAt: number;
  readonly device: string;
  readonly policy: string;
  /** Title that the agent searched for and played before it saw the slate. */
  readonly found?: TitleView;
  readonly slate: readonly ShownTitle[];
}

/** Response of `GET /v1/agents/{id}/day`: one agent's last simulated day. */
export interface AgentDay {
  readonly userId: string;
  readonly country: string;
  /** 0 (about to leave) to 1. */
  readonly contentment: number;
  readonly hasLeft: boolean;
  /** The titles with the highest utility for this agent, best first. */
  readonly favourites: readonly (TitleView & { readonly seen: boolean })[];
  /** Newest first. */
  readonly sessions: readonly SessionView[];
}
