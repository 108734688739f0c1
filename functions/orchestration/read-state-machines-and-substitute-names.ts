import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A state machine in the Amazon States Language. */
export interface StateMachineDefinition {
  readonly StartAt: string;
  readonly TimeoutSeconds?: number;
  readonly States: Readonly<Record<string, State>>;
}

interface State {
  readonly Type: string;
  readonly TimeoutSeconds?: number;
  readonly ResultPath?: string;
  readonly Catch?: readonly unknown[];
  readonly Next?: string;
  readonly Retry?: readonly unknown[];
  /** States that a Map runs for each of its items. */
  readonly ItemProcessor?: StateMachineDefinition;
  /** State machines that a Parallel runs at the same time. */
  readonly Branches?: readonly StateMachineDefinition[];
}

/** Runtime that computes the features of a run: the function, or a container on Batch. */
export type FeaturesOn = 'lambda' | 'container';

/**
 * Returns the pipeline's state machine: archive → features → train → evaluate → gate → promote, or keep the champion.
 * Input of the first state: PipelineInput. Each state adds its result under its own name. `substitute` replaces names
 * such as `${BuildFeatures}` by the resource that a state calls.
 *
 * @param file absolute path of another definition, whose state Features has the same name @default - the reference's
 */
export function pipelineDefinition(
  featuresOn: FeaturesOn = 'lambda',
  file = join(import.meta.dirname, 'pipeline.asl.json'),
): StateMachineDefinition {
  const pipeline = JSON.parse(readFileSync(file, 'utf8')) as StateMachineDefinition;
  if (featuresOn === 'lambda') return withRetries(pipeline, 'pipeline');
  // A definition decides what follows, also after an error. The job replaces only the call.
  const { Next, Catch, ResultPath } = pipeline.States.Features as State;
  const Features: State = { ...read<State>('features-job.asl.json'), Next, Catch, ResultPath };
  return withRetries({ ...pipeline, States: { ...pipeline.States, Features } }, 'pipeline');
}

/**
 * Returns the backfill's state machine: it runs the pipeline for one day of a range after another, because the gate
 * compares a day's candidate with the champion of the day before. Input: Range (plan-runs/backfill-input-schema.ts); the
 * nightly schedule is a range of one day. The backfill stops at the first day that fails; another backfill can start
 * from that day.
 */
export const backfillDefinition = (): StateMachineDefinition =>
  withRetries(read<StateMachineDefinition>('backfill.asl.json'), 'backfill');

/**
 * Returns a definition with a value in place of each `${name}`, as DefinitionSubstitutions of CloudFormation does.
 *
 * @throws Error for a name without a value
 */
export function substitute(
  definition: StateMachineDefinition,
  values: Readonly<Record<string, string>>,
): StateMachineDefinition {
  const text = JSON.stringify(definition).replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the state machine calls \${${name}}, which has no value`);
    return JSON.stringify(value).slice(1, -1);
  });
  return JSON.parse(text) as StateMachineDefinition;
}

/** Adds the rules of retry.json to every task. They retry transient errors; BRICK_* errors are not retried. */
export function withRetries(
  definition: StateMachineDefinition,
  machine: 'pipeline' | 'backfill',
): StateMachineDefinition {
  const rules = read<Record<typeof machine, readonly unknown[]>>('retry.json')[machine];
  const withRules = (state: State): State => ({
    ...state,
    ...(state.Type === 'Task' ? { Retry: rules } : {}),
    ...(state.ItemProcessor ? { ItemProcessor: inside(state.ItemProcessor) } : {}),
    ...(state.Branches ? { Branches: state.Branches.map(inside) } : {}),
  });
  const inside = (part: StateMachineDefinition): StateMachineDefinition => ({
    ...part,
    States: Object.fromEntries(Object.entries(part.States).map(([name, state]) => [name, withRules(state)])),
  });
  return inside(definition);
}

const read = <Content>(file: string): Content =>
  JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as Content;
