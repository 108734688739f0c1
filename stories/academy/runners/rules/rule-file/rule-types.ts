/** One rule of a rule file. */
export interface Rule {
  readonly kind: 'record' | 'alert';
  /** Name of the recorded series or of the alert. */
  readonly name: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds that an alert's expression must have a result before the alert fires. */
  readonly holdMs: number;
  /** Line of the rule in the file, from 1. */
  readonly line: number;
}

/** The groups of a rule file. Within a group, the rules are evaluated in order. */
export type RuleGroups = readonly { readonly name: string; readonly rules: readonly Rule[] }[];
