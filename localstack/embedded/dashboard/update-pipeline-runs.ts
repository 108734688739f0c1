import type { WorkflowRun } from '#ports/workflow.ts';
import type { StateChange } from '../aws/step-functions.ts';
import type { RunView, StateView } from './live-message-types.ts';

const KEPT = 8;
/** States that the page does not show, because they only control the flow. */
const HIDDEN: ReadonlySet<string> = new Set(['ArchiveCaughtUp', 'WaitForArchive', 'Decide', 'Failed']);

/** The outputs of the states Gate and Promote. */
interface Decided {
  readonly gate?: { readonly reason?: string };
  readonly promote?: { readonly version?: string };
}

/** Returns the runs after a state change: newest first, at most KEPT. */
export function withStateChange(runs: readonly RunView[], { runId, state, kind, at }: StateChange): RunView[] {
  const run = runs.find((known) => known.runId === runId) ?? { runId, status: 'RUNNING', states: [] };
  if (HIDDEN.has(state)) return withRun(runs, run);
  const before = run.states.find(({ name }) => name === state);
  const status: StateView['status'] = kind === 'exited' ? 'done' : kind === 'failed' ? 'failed' : 'running';
  const changed: StateView = {
    name: state,
    status,
    startedAt: before?.startedAt ?? at,
    ...(status === 'running' ? {} : { endedAt: at }),
  };
  const states = before ? run.states.map((known) => (known === before ? changed : known)) : [...run.states, changed];
  return withRun(runs, { ...run, states });
}

/** Returns the runs after one of them has ended: newest first, at most KEPT. */
export function withEndedRun(runs: readonly RunView[], { runId, status, error, output = {} }: WorkflowRun): RunView[] {
  const run = runs.find((known) => known.runId === runId);
  const verdict = error ?? (output as Decided).gate?.reason;
  return withRun(runs, { runId, states: run?.states ?? [], status, ...(verdict === undefined ? {} : { verdict }) });
}

/** Returns the version that a run promoted, if any. */
export const promotedBy = ({ output = {} }: WorkflowRun): string | undefined => (output as Decided).promote?.version;

const withRun = (runs: readonly RunView[], run: RunView): RunView[] =>
  [run, ...runs.filter(({ runId }) => runId !== run.runId)].slice(0, KEPT);
