import type { Expression } from '../promql/expression-types.ts';
import { RuleProblem } from '../promql/rule-error.ts';
import type { Labels } from './interned-label-sets.ts';
import type { SeriesStore } from './series-store.ts';

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export type Vector = readonly Sample[];

interface Node {
  readonly expression: Expression;
  /** The text of the expression. */
  readonly text: string;
  readonly children: readonly Compiled[];
}

export interface CompiledVector extends Node {
  readonly kind: 'vector';
  /** @param time of the evaluation, in milliseconds */
  readonly at: (time: number) => Vector;
}

export interface CompiledScalar extends Node {
  readonly kind: 'scalar';
  readonly at: (time: number) => number;
}

/** An expression that can be evaluated at any time. */
export type Compiled = CompiledVector | CompiledScalar;

/** Major version of Prometheus whose rules apply. In version 3, a time range excludes its first moment. */
export type PrometheusVersion = 2 | 3;

/** Everything that an evaluation reads. */
export interface Evaluation {
  readonly store: SeriesStore;
  readonly version: PrometheusVersion;
  /** Counts work. @throws RuleProblem if the budget is exceeded */
  readonly spend: (samples: number) => void;
}

/** The parts of a compiled expression that its kind determines. */
export type CompiledBody =
  | { readonly kind: 'vector'; readonly at: (time: number) => Vector; readonly children: readonly Compiled[] }
  | { readonly kind: 'scalar'; readonly at: (time: number) => number; readonly children: readonly Compiled[] };

/** Compiles the parts of one expression. */
export interface Compiler {
  readonly evaluation: Evaluation;
  /** The text of the expression. */
  readonly text: string;
  readonly compile: (expression: Expression) => Compiled;
  /** @throws RuleProblem unless the expression is a vector */
  readonly vector: (expression: Expression) => CompiledVector;
}

/** Returns the function that counts work, up to a number of samples. */
export function workBudget(max: number): (samples: number) => void {
  let spent = 0;
  return (samples) => {
    spent += samples;
    if (spent <= max) return;
    throw new RuleProblem('expensive', String(max), `the rules read more than ${max} samples`);
  };
}
