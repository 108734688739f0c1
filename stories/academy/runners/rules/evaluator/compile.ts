import type { Aggregation, Binary, Expression } from '../promql/expression-types.ts';
import { invalid } from '../promql/rule-error.ts';
import { aggregator } from './aggregate.ts';
import { isSetOperator, mixedBinary, scalarBinary, setBinary, vectorBinary } from './binary-operators.ts';
import { compileCall } from './compile-calls.ts';
import type { Compiled, CompiledBody, Compiler, Evaluation, Vector } from './compiled-expressions-and-work-budget.ts';
import { instantSelector } from './evaluate-series-selectors.ts';

/**
 * Prepares an expression for evaluation at many times.
 *
 * @throws RuleProblem if the expression uses an unknown function or operator, or has wrong types
 */
export function compilePromql(expression: Expression, text: string, evaluation: Evaluation): Compiled {
  const compiler: Compiler = {
    evaluation,
    text,
    compile: (each) => compileNode(each, compiler),
    vector: (each) => {
      const compiled = compileNode(each, compiler);
      if (compiled.kind === 'vector') return compiled;
      throw invalid(compiled.text, `${compiled.text} is a number, but a vector is needed`);
    },
  };
  return compiler.compile(expression);
}

function compileNode(expression: Expression, compiler: Compiler): Compiled {
  const text = compiler.text.slice(expression.from, expression.to);
  const node = { expression, text };
  switch (expression.kind) {
    case 'number':
      return { ...node, kind: 'scalar', children: [], at: () => expression.value };
    case 'selector':
      return { ...node, kind: 'vector', children: [], at: instantSelector(expression, compiler.evaluation) };
    case 'range':
      throw invalid(text, `${text} is a range, and only functions such as rate accept one`);
    case 'call':
      return { ...node, ...compileCall(expression, compiler) };
    case 'aggregation':
      return { ...node, ...compileAggregation(expression, compiler) };
    case 'binary':
      return { ...node, ...compileBinary(expression, compiler) };
  }
}

function compileAggregation(aggregation: Aggregation, { vector }: Compiler): CompiledBody {
  const aggregate = aggregator(aggregation);
  const arg = vector(aggregation.arg);
  return { kind: 'vector', children: [arg], at: (time) => aggregate(arg.at(time)) };
}

function compileBinary(binary: Binary, { compile }: Compiler): CompiledBody {
  const [left, right] = [compile(binary.left), compile(binary.right)];
  const children = [left, right];
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    const compute = scalarBinary(binary);
    return { kind: 'scalar', children, at: (time) => compute(left.at(time), right.at(time)) };
  }
  if (left.kind === 'scalar' || right.kind === 'scalar') {
    const combine = mixedBinary(binary, left.kind === 'vector');
    const [vector, scalar] = (left.kind === 'vector' ? [left, right] : [right, left]) as [typeof left, typeof right];
    return {
      kind: 'vector',
      children,
      at: (time) => combine(vector.at(time) as Vector, scalar.at(time) as number),
    };
  }
  const combine = isSetOperator(binary.operator) ? setBinary(binary) : vectorBinary(binary);
  if (binary.bool && isSetOperator(binary.operator)) throw invalid('bool', `${binary.operator} does not allow bool`);
  return { kind: 'vector', children, at: (time) => combine(left.at(time), right.at(time)) };
}
