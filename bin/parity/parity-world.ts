import type { Ports } from '#ports/index.ts';
import type { TriggerName } from '../../functions/triggers.ts';

/** A deployed AgentBricks that a scenario is replayed on: reached over HTTP, and its stores read afterwards. */
export interface World extends AsyncDisposable {
  readonly name: string;
  /** Of both public APIs. */
  readonly baseUrl: string;
  readonly stores: Pick<Ports, 'lake' | 'features' | 'registry' | 'models' | 'eventLog'>;
  /** Delivers what lies in the log to every consumer. */
  settle(): Promise<void>;
  invoke(name: TriggerName, event: unknown): Promise<unknown>;
}
