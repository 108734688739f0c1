/** Events of one attempt of a task in the history on AWS: scheduled, started, and succeeded or failed. */
const EVENTS_PER_ATTEMPT = 3;

/**
 * Returns the number of events that Step Functions writes into its history for an event of the interpreter.
 *
 * @param state type of the state
 */
export function eventsOf(type: string, state: string): number {
  const attempts = state === 'Task' && (type === 'StateEntered' || type === 'StateRetried') ? 1 : 0;
  return (type === 'StateEntered' || type === 'StateExited' ? 1 : 0) + attempts * EVENTS_PER_ATTEMPT;
}
