/** What learners see of an incident: an extract of the city's metrics, and the choices of their diagnosis. */
export interface IncidentRecord {
  /** Time of the first value, UTC epoch milliseconds. */
  readonly startAt: number;
  /** Milliseconds that each value covers. */
  readonly stepMs: number;
  /** Metric → its sum per step. All have the same length. */
  readonly series: Readonly<Record<string, readonly number[]>>;
  /** When the alert fired, UTC epoch milliseconds. */
  readonly alertedAt: number;
  /** Objects that the fault can damage, such as "events". The blast radius is a share of them. */
  readonly affected: string;
  /** Possible causes: name → description. */
  readonly causes: Readonly<Record<string, string>>;
  /** Possible first actions: name → description. */
  readonly actions: Readonly<Record<string, string>>;
}

/** The truth about an incident, which only the fault director knows. */
export interface IncidentSecret {
  /** When the fault began, UTC epoch milliseconds. */
  readonly onset: number;
  /** Name of the true cause. */
  readonly cause: string;
  /** Causes of the record that are consequences of the true cause. */
  readonly symptoms: readonly string[];
  /** Share, 0 to 1, of the record's `affected` objects that the fault has damaged since its onset. */
  readonly share: number;
  /** Series that change with this cause, but with no other cause in the record. */
  readonly decisive: readonly string[];
  /** The actions that stop the damage. */
  readonly remedies: readonly string[];
  /** Action → why it is wrong, as a sentence. Each action that is not a remedy has an entry. */
  readonly wrongActions: Readonly<Record<string, string>>;
}

/** A fault in a city that the fault director injected. */
export interface Incident {
  readonly id: string;
  readonly record: IncidentRecord;
  readonly secret: IncidentSecret;
}

/** Returns a series' value in the step that begins at this time, or undefined if the record has none. */
export function valueAt({ startAt, stepMs, series }: IncidentRecord, name: string, at: number): number | undefined {
  const index = (at - startAt) / stepMs;
  return Object.hasOwn(series, name) ? series[name]?.[index] : undefined;
}
