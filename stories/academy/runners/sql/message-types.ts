/** Messages between a check and the confined process that runs the learner's query. */

/** The only message to the process: one line of JSON on its standard input. */
export interface QueryJob {
  /** First word of each line that the process writes. The query cannot read it. */
  readonly token: string;
  /** Absolute path of DuckDB's module. */
  readonly duckdb: string;
  /** Text of the learner's file. */
  readonly sql: string;
  /** Statements for each run of the query, which create its tables. They are ours. */
  readonly setups: readonly (readonly string[])[];
  /** Folder of files that the setups read. @default - DuckDB reads no file */
  readonly folder?: string;
  readonly limits: JobLimits;
}

export interface JobLimits {
  /** Milliseconds for each run of the query. */
  readonly query: number;
  /** Number of rows that a query may return. */
  readonly rows: number;
  /** Megabytes that DuckDB may use. */
  readonly databaseMb: number;
}

/** An error of DuckDB. */
export interface QueryError {
  /** Such as Binder, Catalog, Conversion. */
  readonly type: string;
  readonly message: string;
  /** Offset in the file, in bytes of UTF-8. @default - DuckDB did not say where */
  readonly position?: number;
}

export interface QueryColumn {
  readonly name: string;
  /** DuckDB's name of the type, such as BIGINT. */
  readonly type: string;
}

/** A function that returns another value at another time, such as now() or random(). */
export interface ChangingFunction {
  readonly name: string;
  readonly position?: number;
}

/** How one run of the query ended, as the process reports it. */
export type QueryReported =
  | { readonly kind: 'rows'; readonly columns: readonly QueryColumn[]; readonly rows: readonly (readonly unknown[])[] }
  | { readonly kind: 'error'; readonly error: QueryError }
  | { readonly kind: 'too-many-rows'; readonly limit: number };

/** Why the file is not one SELECT that the feature job can run. */
export type Rejection =
  | { readonly why: 'empty' | 'not-a-select' }
  | { readonly why: 'several'; readonly statements: number }
  | { readonly why: 'syntax' | 'not-in-parentheses'; readonly error: QueryError };

/** One line of JSON on RESULTS_FD, after the token. */
export type QueryMessage =
  /** DuckDB has been loaded. */
  | { readonly kind: 'started' }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'accepted'; readonly changing: readonly ChangingFunction[] }
  /** `totalCpuMs` is the processor time of the process so far. */
  | { readonly kind: 'outcome'; readonly outcome: QueryReported; readonly totalCpuMs: number }
  /** `cpuMs` is the processor time that the query got. If it is much less than the limit, the machine was busy. */
  | { readonly kind: 'hang'; readonly milliseconds: number; readonly cpuMs: number }
  /** The first run returned too many rows: so would the others. */
  | { readonly kind: 'too-many-rows'; readonly limit: number }
  /** A statement of ours failed, which is a bug of the check. */
  | { readonly kind: 'broken-setup'; readonly message: string }
  | { readonly kind: 'done' };
