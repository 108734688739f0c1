import type { Call, Expression, Selector } from '../promql/expression-types.ts';
import { METRIC } from '../promql/parse-selector.ts';
import { invalid, unsupported } from '../promql/rule-error.ts';
import type { CompiledBody, Compiler, Sample, Vector } from './compiled-expressions-and-work-budget.ts';
import { rangeSelector } from './evaluate-series-selectors.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { type Labels, labelsOf, withoutName } from './interned-label-sets.ts';
import { RANGE_FUNCTIONS, READS_ALL } from './range-functions.ts';
import { distinct } from './reject-equal-labels.ts';

const NO_LABELS = labelsOf([]);

/**
 * Compiles a function call.
 *
 * @throws RuleProblem if this evaluator does not know the function, or the arguments have wrong types
 */
export function compileCall(call: Call, compiler: Compiler): CompiledBody {
  const special = SPECIAL.get(call.name);
  if (special) return special(call, compiler);
  const ofRange = RANGE_FUNCTIONS.get(call.name);
  if (ofRange) return compileRangeFunction(call, compiler);
  const ofValues = VALUE_FUNCTIONS.get(call.name);
  if (ofValues) return compileValueFunction(call, compiler);
  throw unsupported(call.name, 'The function');
}

function compileRangeFunction(call: Call, { evaluation, compile }: Compiler): CompiledBody {
  const compute = RANGE_FUNCTIONS.get(call.name);
  const range = rangeArgument(call);
  const windowsAt = rangeSelector(range, evaluation);
  const ofOneMetric = range.selector.matchers.some(({ label, operator }) => label === METRIC && operator === '=');
  const labelsAfter = call.name === 'last_over_time' ? (labels: Labels) => labels : withoutName;
  const readsAll = READS_ALL.has(call.name);
  const at = (time: number): Vector => {
    const result: Sample[] = [];
    for (const window of windowsAt(time)) {
      if (readsAll) evaluation.spend(window.last - window.first);
      const value = compute?.(window, evaluation.version);
      if (value !== undefined) result.push({ labels: labelsAfter(window.series.labels), value });
    }
    // The labels of two series of one metric differ even without the name of the metric.
    return ofOneMetric ? result : distinct(result);
  };
  // To explain an empty result, the selector is evaluated without its range.
  return { kind: 'vector', children: [compile(range.selector)], at };
}

function rangeArgument({ name, args }: Call) {
  const [range] = args;
  if (range?.kind === 'range' && args.length === 1) return range;
  throw invalid(name, `${name}() needs exactly one argument, a range such as x[5m]`);
}

/** Functions that are applied to each value. Their further arguments are numbers. */
const VALUE_FUNCTIONS: ReadonlyMap<
  string,
  { readonly args: readonly number[]; readonly of: (...numbers: number[]) => number }
> = new Map([
  ['abs', { args: [1], of: (value: number) => Math.abs(value) }],
  ['ceil', { args: [1], of: (value: number) => Math.ceil(value) }],
  ['floor', { args: [1], of: (value: number) => Math.floor(value) }],
  ['clamp_min', { args: [2], of: (value: number, least = 0) => Math.max(value, least) }],
  ['clamp_max', { args: [2], of: (value: number, most = 0) => Math.min(value, most) }],
  ['round', { args: [1, 2], of: (value: number, to = 1) => Math.floor(value * (1 / to) + 0.5) / (1 / to) }],
]);

function compileValueFunction(call: Call, compiler: Compiler): CompiledBody {
  const known = VALUE_FUNCTIONS.get(call.name);
  const [first, ...rest] = argumentsOf(call, known?.args ?? []);
  const vector = compiler.vector(first);
  const numbers = rest.map((arg) => scalarOf(arg, call, compiler));
  const at = (time: number): Vector =>
    distinct(
      vector.at(time).map(({ labels, value }) => ({
        labels: withoutName(labels),
        value: known?.of(value, ...numbers.map((number) => number.at(time))) ?? Number.NaN,
      })),
    );
  return { kind: 'vector', children: [vector], at };
}

/** Returns the arguments. @throws RuleProblem if their number is wrong */
function argumentsOf({ name, args }: Call, counts: readonly number[]): [Expression, ...Expression[]] {
  if (counts.includes(args.length)) return args as [Expression, ...Expression[]];
  throw invalid(name, `${name}() has ${args.length} arguments, but needs ${counts.join(' or ')}`);
}

function scalarOf(arg: Expression, { name }: Call, { compile }: Compiler) {
  const compiled = compile(arg);
  if (compiled.kind === 'scalar') return compiled;
  throw invalid(name, `${name}() needs a number, but ${compiled.text} is a vector`);
}

const SPECIAL: ReadonlyMap<string, (call: Call, compiler: Compiler) => CompiledBody> = new Map([
  ['vector', compileVector],
  ['scalar', compileScalar],
  ['time', () => ({ kind: 'scalar', children: [], at: (time: number) => time / 1_000 }) satisfies CompiledBody],
  ['absent', compileAbsent],
  ['absent_over_time', compileAbsentOverTime],
  ['histogram_quantile', compileQuantile],
] as const);

function compileVector(call: Call, compiler: Compiler): CompiledBody {
  const [arg] = argumentsOf(call, [1]);
  const number = scalarOf(arg, call, compiler);
  return { kind: 'vector', children: [], at: (time) => [{ labels: NO_LABELS, value: number.at(time) }] };
}

function compileScalar(call: Call, { vector }: Compiler): CompiledBody {
  const [arg] = argumentsOf(call, [1]);
  const samples = vector(arg);
  const at = (time: number): number => {
    const [only, ...more] = samples.at(time);
    return only && more.length === 0 ? only.value : Number.NaN;
  };
  return { kind: 'scalar', children: [samples], at };
}

function compileAbsent(call: Call, { vector }: Compiler): CompiledBody {
  const [arg] = argumentsOf(call, [1]);
  const samples = vector(arg);
  const labels = arg.kind === 'selector' ? labelsOfAbsent(arg) : NO_LABELS;
  return { kind: 'vector', children: [], at: (time) => (samples.at(time).length === 0 ? [{ labels, value: 1 }] : []) };
}

function compileAbsentOverTime(call: Call, { evaluation }: Compiler): CompiledBody {
  const range = rangeArgument(call);
  const windowsAt = rangeSelector(range, evaluation);
  const labels = labelsOfAbsent(range.selector);
  return { kind: 'vector', children: [], at: (time) => (windowsAt(time).length === 0 ? [{ labels, value: 1 }] : []) };
}

/** Returns the labels that have exactly one matcher in the selector, with the operator `=`. */
function labelsOfAbsent({ matchers }: Selector): Labels {
  const once = matchers.filter(({ label }) => matchers.filter((other) => other.label === label).length === 1);
  const equal = once.filter(({ label, operator }) => operator === '=' && label !== METRIC);
  return labelsOf(equal.map(({ label, value }) => [label, value] as const));
}

function compileQuantile(call: Call, compiler: Compiler): CompiledBody {
  const [first, second = first] = argumentsOf(call, [2]);
  const quantile = scalarOf(first, call, compiler);
  const buckets = compiler.vector(second);
  return {
    kind: 'vector',
    children: [buckets],
    at: (time) => histogramQuantile(quantile.at(time), buckets.at(time)),
  };
}
