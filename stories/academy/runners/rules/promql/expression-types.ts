/** Position of an expression in its text: offsets of the first character and after the last one. */
interface Located {
  readonly from: number;
  readonly to: number;
}

export interface NumberLiteral extends Located {
  readonly kind: 'number';
  readonly value: number;
}

export type MatchOperator = '=' | '!=' | '=~' | '!~';

export interface LabelMatcher {
  readonly label: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/** Selects series, such as `x{a="b"} offset 1h`. */
export interface Selector extends Located {
  readonly kind: 'selector';
  /** Includes the metric's name, as the label __name__. */
  readonly matchers: readonly LabelMatcher[];
  /** Milliseconds. */
  readonly offset: number;
}

/** Selects the samples of a time range, such as `x[5m]`. */
export interface RangeSelector extends Located {
  readonly kind: 'range';
  readonly selector: Selector;
  /** Milliseconds. */
  readonly range: number;
}

export interface Call extends Located {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expression[];
}

export interface Aggregation extends Located {
  readonly kind: 'aggregation';
  readonly operator: string;
  /** Whether the result has only these `labels`, or all labels except these. */
  readonly grouping: 'by' | 'without';
  readonly labels: readonly string[];
  readonly arg: Expression;
}

/** How series on both sides of an operator are paired. */
export interface Matching {
  /** Whether only these `labels` are compared (true), or all labels except these (false). */
  readonly on: boolean;
  readonly labels: readonly string[];
  /** The side on which several series may match one series of the other side. @default - neither */
  readonly many?: 'left' | 'right';
  /** Labels that are copied from the other side. */
  readonly include: readonly string[];
}

export interface Binary extends Located {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly matching: Matching;
  /** Whether a comparison returns 0 or 1 instead of filtering. */
  readonly bool: boolean;
}

export type Arithmetic = '+' | '-' | '*' | '/' | '%';
export type Comparison = '==' | '!=' | '>' | '<' | '>=' | '<=';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = Arithmetic | Comparison | SetOperator;

export type Expression = NumberLiteral | Selector | RangeSelector | Call | Aggregation | Binary;
