/** The slate that a session sees. */
export interface SlateReply {
  /** Top first. */
  readonly titleIds: readonly string[];
  readonly policy: string;
  /** Whether a stage of the service failed or timed out, so that a fallback served the slate. */
  readonly degraded: boolean;
}
