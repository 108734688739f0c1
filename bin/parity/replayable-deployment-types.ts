import type { Ports } from '#ports/index.ts';
import type { TriggerName } from '../../functions/triggers.ts';

/** A deployment on which a scenario is replayed over HTTP, and whose stores are read afterwards. */
export interface World extends AsyncDisposable {
  readonly name: string;
  /** Base URL of both public APIs. */
  readonly baseUrl: string;
  readonly stores: Pick<Ports, 'lake' | 'features' | 'registry' | 'models' | 'eventLog'>;
  /** Waits until all consumers have processed the log. */
  settle(): Promise<void>;
  invoke(name: TriggerName, event: unknown): Promise<unknown>;
}
