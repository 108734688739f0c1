import type { Binary, BinaryOperator, Matching } from '../promql/expression-types.ts';
import { METRIC } from '../promql/parse-selector.ts';
import { invalid } from '../promql/rule-error.ts';
import type { Sample, Vector } from './compiled-expressions-and-work-budget.ts';
import { keeping, type Labels, labelsOf, removing, shownLabels, withoutName } from './interned-label-sets.ts';
import { distinct } from './reject-equal-labels.ts';

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};
const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

export const isSetOperator = (operator: BinaryOperator): boolean =>
  operator === 'and' || operator === 'or' || operator === 'unless';

export const isComparison = (operator: BinaryOperator): boolean => operator in COMPARISONS;

/**
 * Returns the value of one pair, or undefined if a comparison filters it out. `kept` is the value that a filter keeps.
 */
function combined({ operator, bool }: Binary, a: number, b: number, kept: number): number | undefined {
  const compute = ARITHMETIC[operator];
  if (compute) return compute(a, b);
  const holds = COMPARISONS[operator]?.(a, b) ?? false;
  if (bool) return holds ? 1 : 0;
  return holds ? kept : undefined;
}

const dropsName = ({ operator, bool }: Binary): boolean => bool || operator in ARITHMETIC;

/** Returns the function that evaluates an operator between two numbers. */
export function scalarBinary(binary: Binary): (a: number, b: number) => number {
  if (isSetOperator(binary.operator)) throw invalid(binary.operator, `${binary.operator} needs vectors on both sides`);
  if (isComparison(binary.operator) && !binary.bool) {
    throw invalid(binary.operator, `a comparison between two numbers needs bool after ${binary.operator}`);
  }
  return (a, b) => combined(binary, a, b, a) ?? Number.NaN;
}

/** Returns the function that evaluates an operator between each sample and a number. */
export function mixedBinary(binary: Binary, vectorIsLeft: boolean): (vector: Vector, number: number) => Vector {
  if (isSetOperator(binary.operator)) throw invalid(binary.operator, `${binary.operator} needs vectors on both sides`);
  const labelsAfter = dropsName(binary) ? withoutName : (labels: Labels) => labels;
  return (vector, number) => {
    const result: Sample[] = [];
    for (const { labels, value } of vector) {
      const [a, b] = vectorIsLeft ? [value, number] : [number, value];
      const after = combined(binary, a, b, value);
      if (after !== undefined) result.push({ labels: labelsAfter(labels), value: after });
    }
    return dropsName(binary) ? distinct(result) : result;
  };
}

/** Returns the function whose results are equal for samples that match. */
export const signatureOf = ({ on, labels }: Matching): ((labels: Labels) => Labels) =>
  on ? keeping(labels) : removing([...labels, METRIC]);

/** Returns the function that evaluates and, or, unless. */
export function setBinary({ operator, matching }: Binary): (left: Vector, right: Vector) => Vector {
  if (matching.many) throw invalid(operator, `${operator} does not allow group_left or group_right`);
  const signature = signatureOf(matching);
  return (left, right) => {
    const signatures = new Set((operator === 'or' ? left : right).map(({ labels }) => signature(labels)));
    if (operator === 'or') return [...left, ...right.filter(({ labels }) => !signatures.has(signature(labels)))];
    return left.filter(({ labels }) => signatures.has(signature(labels)) === (operator === 'and'));
  };
}

/** Returns the function that evaluates arithmetic and comparisons between the samples of two vectors that match. */
export function vectorBinary(binary: Binary): (left: Vector, right: Vector) => Vector {
  const { matching } = binary;
  const signature = signatureOf(matching);
  const labelsAfter = resultLabels(binary);
  const swapped = matching.many === 'right';
  return (left, right) => {
    const [many, ones] = swapped ? [right, left] : [left, right];
    const oneOf = bySignature(ones, signature, swapped ? 'left' : 'right');
    const seen = new Set<Labels>();
    const result: Sample[] = [];
    for (const sample of many) {
      const key = signature(sample.labels);
      const one = oneOf.get(key);
      if (!one) continue;
      const [a, b] = swapped ? [one.value, sample.value] : [sample.value, one.value];
      const value = combined(binary, a, b, a);
      if (value === undefined) continue;
      const labels = labelsAfter(sample.labels, one.labels);
      const unique = matching.many ? labels : key;
      if (seen.has(unique)) throw ambiguous(binary, shownLabels(key));
      seen.add(unique);
      result.push({ labels, value });
    }
    return result;
  };
}

function ambiguous({ operator, matching }: Binary, labels: string) {
  const fix = matching.many ? 'the labels of the result must differ' : 'such a match needs group_left or group_right';
  return invalid(
    operator,
    `several series on one side of ${operator} match one series on the other, ${labels}: ${fix}`,
  );
}

function bySignature(vector: Vector, signature: (labels: Labels) => Labels, side: string): Map<Labels, Sample> {
  const found = new Map<Labels, Sample>();
  for (const sample of vector) {
    const key = signature(sample.labels);
    if (found.has(key)) {
      throw invalid(shownLabels(key), `the ${side} side has several series that match ${shownLabels(key)}`);
    }
    found.set(key, sample);
  }
  return found;
}

/** Returns the function that computes the labels of a pair's result. */
function resultLabels(binary: Binary): (many: Labels, one: Labels) => Labels {
  const { matching } = binary;
  const named = dropsName(binary) ? withoutName : (labels: Labels) => labels;
  if (!matching.many) {
    const reduce = matching.on ? keeping(matching.labels) : removing(matching.labels);
    return (many) => reduce(named(many));
  }
  if (matching.include.length === 0) return (many) => named(many);
  return (many, one) =>
    labelsOf([...named(many).values, ...matching.include.map((name) => [name, one.values.get(name) ?? ''] as const)]);
}
