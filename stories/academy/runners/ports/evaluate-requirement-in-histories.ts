import { basename } from 'node:path';
import type { LearnerFile } from '../../judging/explain-run-ending.ts';
import type { RequirementResult } from '../../judging/problem-report-and-checkpoint-types.ts';
import { entriesOf, type History } from './simulation/history-types.ts';

/** What went wrong in one scenario. */
export interface Violation {
  /** What happened, from the client's side. @default - the scenario's name and its fault */
  readonly scene?: string;
  readonly expected: string;
  readonly got: string;
  /** @default - the requirement's `why` */
  readonly why?: string;
  /** Line of the learner's file to look at. @default - the line of the call at which the fault happened */
  readonly line?: number;
}

/** A rule that holds in all scenarios of some groups. */
export interface HistoryRequirement<Input, World> {
  /** The rule in the present tense. */
  readonly says: string;
  /** Why the rule matters in the running system. */
  readonly why: string;
  /** Groups of scenarios. */
  readonly groups: readonly string[];
  readonly violation: (history: History<Input, World>) => Violation | undefined;
}

/** Evaluates a requirement in all of its scenarios. The first violation is explained; the names of all are listed. */
export function evaluateHistories<Input, World>(
  { says, why, groups, violation }: HistoryRequirement<Input, World>,
  histories: readonly History<Input, World>[],
  { path }: LearnerFile,
): RequirementResult {
  const found = histories
    .filter(({ group }) => groups.includes(group))
    .flatMap((history) => {
      const violated = violation(history);
      return violated ? [{ history, violated }] : [];
    });
  const [first] = found;
  if (!first) return { says, passed: true };
  const { scene = sceneOf(first.history), line = faultOf(first.history)?.line, ...rest } = first.violated;
  const look = line === undefined ? {} : { look: `${basename(path)}:${line}` };
  const failed = [...new Set(found.map(({ history }) => sceneOf(history)))];
  return { says, passed: false, failedCase: { why, ...rest, input: scene, ...look }, failed };
}

const FAULTS = ['killed', 'failed', 'stalled'] as const;

const faultOf = <Input, World>(history: History<Input, World>) =>
  FAULTS.flatMap((kind) => entriesOf(history, kind)).at(0);

/** Describes a scenario: its name, and what happened to which call. The description is the same for each seed. */
export function sceneOf<Input, World>(history: History<Input, World>): string {
  const fault = faultOf(history);
  if (!fault) return history.name;
  const { kind, port = '', when } = fault;
  if (when === 'response') return `${history.name}, killed right after the response`;
  if (kind === 'killed') return `${history.name}, killed ${when === 'after' ? 'right after' : 'during'} ${port}`;
  return `${history.name}, ${port} ${kind}`;
}
