import type { CodeCounts } from './seam-call-counts-types.ts';

export interface TrainingSetsRequest {
  readonly seed: number;
  readonly agents: number;
  readonly days: number;
  /** The learner's labelled-features.sql. */
  readonly file: string;
}

/** The training set that a query computed from the log of a city. */
export interface TrainingSetSide {
  readonly rows: number;
  /** Number of rows that know the future: their values change if later changes are removed from the tables. */
  readonly knowFuture: number;
  /** Number of rows that differ from those of the reference. */
  readonly differ: number;
  /**
   * AUC of a model that was trained on the query's earlier rows. `offline`: on the query's later rows. `inCity`: on the
   * reference's later rows, which contain the values that the city knew at the time.
   */
  readonly auc: { readonly offline: number; readonly inCity: number };
}

/** Two training sets of the same city. */
export interface TrainingSetFigures {
  /** @default - the query failed */
  readonly yours?: TrainingSetSide;
  readonly reference: TrainingSetSide;
  readonly code: CodeCounts;
}

export interface ExportedModelRequest {
  readonly seed: number;
  readonly agents: number;
  readonly days: number;
  /** The learner's export.py. */
  readonly file: string;
}

/** Slates of the service with one model. */
export interface ServedSide {
  /** Number of users with plays whose slate did not come from the model. */
  readonly degraded: number;
  /**
   * Number of users whose slate depends on whether it is requested alone or together with the slates of 15 other users.
   */
  readonly dependOnBatch: number;
}

/** The same trained model, exported by the learner's module and by the reference, in the same service. */
export interface ExportedModelFigures {
  /** Number of users whose slates are compared. */
  readonly users: number;
  /** Number of users without plays whose slates are compared. */
  readonly newcomers: number;
  /** @default - the export failed */
  readonly yours?: ServedSide & {
    /** Mean number of titles per slate that the reference's slate contains and the learner's slate lacks. */
    readonly otherTitles: number;
    /** The same for users without plays. */
    readonly otherTitlesOfNewcomers: number;
  };
  readonly reference: ServedSide;
  readonly code: CodeCounts;
}

/** Cities from whose logs training sets and models are computed. */
export interface TrainingCities {
  readonly runExportedModel: (request: ExportedModelRequest) => Promise<ExportedModelFigures>;
  readonly runTrainingSets: (request: TrainingSetsRequest) => Promise<TrainingSetFigures>;
}
